import { type Command, InvalidArgumentError } from "commander";
import { momentOf } from "../units/time.js";

export interface ServerFlags {
  readonly url: string;
  readonly tokenFile?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly header?: readonly string[];
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly timeout?: number;
  readonly contract?: string;
  readonly match?: readonly string[];
}

/** The options by which a command reaches a server. What is secret comes from files or the environment. */
export function withServer(command: Command, seconds: (text: string) => number): Command {
  const gather = (text: string, before: readonly string[] = []) => [...before, text];
  return command
    .option("--url <url>", "address of the query API, for instance http://prometheus:9090; required")
    .option("--contract <file>", "contract.yaml of the cluster; drafted from the server unless told")
    .option(
      "--match <label=value>",
      "only series with this label, where a server holds several clusters; may repeat",
      gather,
    )
    .option("--token-file <file>", "bearer token; or EVENKEEL_PROMETHEUS_TOKEN in the environment")
    .option("--user <name>", "user, with the password in --password-file or EVENKEEL_PROMETHEUS_PASSWORD")
    .option("--password-file <file>", "the user's password")
    .option("--header <name: value>", "a further header, such as X-Scope-OrgID: tenant; may repeat", gather)
    .option("--ca <file>", "certificate authority of the server, PEM")
    .option("--cert <file>", "client certificate, PEM; with --key")
    .option("--key <file>", "its key, PEM")
    .option("--timeout <duration>", "of one request, for instance 60s or 2m", seconds);
}

/** A moment, Unix ms. */
export function moment(text: string): number {
  const ms = momentOf(text);
  if (ms === undefined)
    throw new InvalidArgumentError(
      `Found "${text}"; allowed: a day or a moment, such as 2026-10-01 or 2026-10-01T06:00:00Z.`,
    );
  return ms;
}

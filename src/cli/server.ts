import { readFile } from "node:fs/promises";
import { readContractFile } from "../dataset/open.js";
import { EvenkeelError } from "../errors.js";
import { PrometheusClient, type ServerOptions } from "../prometheus/client.js";
import type { Wiring } from "../prometheus/selectors.js";
import type { Contract } from "../tables/contract.js";
import type { ServerFlags } from "./server-options.js";

/** A connection to the server that the options name. @throws EvenkeelError that shows no secret */
export async function connectTo(
  { url, tokenFile, user, passwordFile, header = [], ca, cert, key, timeout }: ServerFlags,
  more: Pick<ServerOptions, "onRetry" | "timeoutMs" | "withinMs" | "attempts"> = {},
): Promise<PrometheusClient> {
  const { EVENKEEL_PROMETHEUS_TOKEN: token, EVENKEEL_PROMETHEUS_PASSWORD: password } = process.env;
  if (passwordFile !== undefined && user === undefined)
    throw new EvenkeelError("--password-file: found no user; name whose password it is with --user");
  const headers = header.map((text): [string, string] => {
    const at = text.indexOf(":");
    if (at < 1)
      throw new EvenkeelError(
        '--header: found no colon in it; allowed: a name, a colon and a value, such as "X-Scope-OrgID: team"',
      );
    return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  });
  return PrometheusClient.connect({
    url,
    token:
      tokenFile === undefined
        ? user === undefined
          ? token || undefined
          : undefined
        : await secret("--token-file", tokenFile),
    user,
    password: passwordFile === undefined ? password : await secret("--password-file", passwordFile),
    headers: Object.fromEntries(headers),
    caFile: ca,
    certFile: cert,
    keyFile: key,
    ...more,
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }),
  });
}

/** The contract that the options name, and how series are found with it. */
export async function wiringOf({
  contract: file,
  match = [],
}: ServerFlags): Promise<{ contract: Contract | undefined; wiring: Wiring }> {
  const contract = file === undefined ? undefined : await readContractFile(file);
  const matchers = Object.fromEntries(
    match.map((one) => {
      const [, name, operator, value] = /^([a-zA-Z_]\w*)(=~|!=|!~|=)(.+)$/.exec(one) ?? [];
      if (operator === "=") return [name!, value!];
      throw new EvenkeelError(
        `--match ${one}: ${operator === undefined ? "" : `found ${operator}; `}allowed: a label, = and its one value, such as cluster=prod, since a dataset is of one cluster: pull each into a folder of its own. Which exporters count, by the name of their jobs, is for prometheus.jobs of a contract (--contract)`,
      );
    }),
  );
  const before = contract?.prometheus ?? {};
  const wiring = match.length > 0 ? { ...before, matchers: { ...before.matchers, ...matchers } } : before;
  return { contract, wiring };
}

async function text(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new EvenkeelError(
      `${option} ${file}: cannot be read (${(cause as NodeJS.ErrnoException).code}); name a file that you may read`,
      2,
      { cause },
    );
  }
}

async function secret(option: string, file: string): Promise<string> {
  const found = (await text(option, file)).trim();
  if (found === "") throw new EvenkeelError(`${option} ${file}: found nothing in it; write the secret into it`);
  return found;
}

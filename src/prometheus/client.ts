import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { rootCertificates } from "node:tls";
import { Agent, type Dispatcher, request } from "undici";
import { sha256 } from "../dataset/digest.js";
import { EvenkeelError } from "../errors.js";
import { numberOf } from "./openmetrics.js";

/** How to reach a server's query API. Whatever is secret in it is never shown. */
export interface ServerOptions {
  /** With the path that the API lies under, if any: Mimir's ends in /prometheus. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Further headers, such as the tenant's. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Files in PEM format: whom to trust beside the usual authorities, and who one is. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Of one request, its retries aside. */
  readonly timeoutMs?: number | undefined;
  /** Time for all questions together, from the first on; without it, as long as they take. */
  readonly withinMs?: number | undefined;
  /** How often a request is made before it is given up. */
  readonly attempts?: number | undefined;
  /** Before the second attempt; doubled before each further one. */
  readonly backoffMs?: number | undefined;
  readonly onRetry?: ((why: string, attempt: number, waitMs: number) => void) | undefined;
}

/** Samples of one series, as Prometheus answers: time in Unix seconds, value as text. */
export interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

export interface InstantSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

const ATTEMPTS = 6;
const BACKOFF_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const TIMEOUT_MS = 120_000;
/** An answer larger than this is not read to its end: ask for less. */
const MOST_BYTES = 256 * 2 ** 20;

/** What servers say of a query that takes more samples or time than they give it: VictoriaMetrics in words of its own. */
const TOO_MUCH = /too many samples|cannot select more than|timed out in|timeout exceeded/i;

/** What brings the series of buckets back. */
export const CLASSIC_HISTOGRAMS =
  "have its scrape keep the classic ones (always_scrape_classic_histograms: true, and no convert_classic_histograms_to_nhcb)";

/** The server cannot or will not answer so much at once. */
export class TooMuch extends EvenkeelError {}

/** What may go away by itself. */
class Transient extends Error {
  readonly retryAfterMs: number | undefined;
  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Prometheus' query API, of whoever serves it: Prometheus, Thanos, Mimir, VictoriaMetrics. Only reads, only from the
 * origin of the URL. Whatever is not a whole answer is an error: warnings and partial answers, too.
 */
export class PrometheusClient {
  /** As it may be shown. */
  readonly url: string;
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #dispatcher: Agent;
  readonly #secrets: readonly string[];
  readonly #options: ServerOptions;
  /** When the first question was asked, where there is a time for all. */
  #sinceMs: number | undefined;

  private constructor(base: URL, headers: Readonly<Record<string, string>>, agent: Agent, options: ServerOptions) {
    this.#base = base;
    this.url = base.href.replace(/\/$/, "");
    this.#headers = headers;
    const words = Object.entries(headers).map(([name, value]) =>
      name === "authorization" ? value.replace(/^\S+ +/, "") : value,
    );
    // The longer first: one may be the beginning of another.
    this.#secrets = [...words, options.token, options.password]
      .filter((one) => one !== undefined && one.length > 2)
      .flatMap((one) => [one!, encodeURIComponent(one!)])
      .sort((x, y) => y.length - x.length);
    this.#dispatcher = agent;
    this.#options = options;
  }

  /** @throws EvenkeelError if the options contradict each other or name what is not there */
  static async connect(options: ServerOptions): Promise<PrometheusClient> {
    const base = parseUrl(options.url);
    const { token, user, password, headers = {}, caFile, certFile, keyFile } = options;
    if (token !== undefined && user !== undefined)
      throw new EvenkeelError("found a bearer token and a user; allowed: one of them. Leave out the other");
    if (user !== undefined && password === undefined)
      throw new EvenkeelError(
        "--user: found no password; name a file with --password-file, or set EVENKEEL_PROMETHEUS_PASSWORD",
      );
    if ((certFile === undefined) !== (keyFile === undefined))
      throw new EvenkeelError("found one of --cert and --key; a client certificate needs both");
    const authorization =
      token !== undefined
        ? `Bearer ${token}`
        : user !== undefined
          ? `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
          : undefined;
    // Names of headers are told apart by their letters alone, and not by their case.
    const further = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    if (authorization !== undefined && further["authorization"] !== undefined)
      throw new EvenkeelError(
        "found a header Authorization beside a bearer token or a user; allowed: one of them. Leave out the other",
      );
    const all: Record<string, string> = { ...further, ...(authorization === undefined ? {} : { authorization }) };
    for (const [name, value] of Object.entries(all))
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
        throw new EvenkeelError(
          `header ${JSON.stringify(name)}: found a name or value that no header can have; allowed: a name of letters, digits and dashes, and a value of Latin letters and signs, without line breaks`,
        );
    const [ca, cert, key] = await Promise.all([pem("--ca", caFile), pem("--cert", certFile), pem("--key", keyFile)]);
    let agent: Agent;
    try {
      agent = new Agent({
        connections: 4,
        connect: {
          ...(ca ? { ca: [...rootCertificates, ca] } : {}),
          ...(cert ? { cert } : {}),
          ...(key ? { key } : {}),
        },
      });
    } catch (cause) {
      throw new EvenkeelError(`--ca, --cert, --key: ${(cause as Error).message}`, 2, { cause });
    }
    return new PrometheusClient(base, all, agent, options);
  }

  /** A digest of the user and the further headers, such as the tenant's: whoever they name is shown other samples. */
  get access(): string {
    const { user = "", headers = {} } = this.#options;
    return sha256(JSON.stringify([user, Object.entries(headers).sort()])).slice(0, 16);
  }

  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  /** Raw samples of a range selector such as `up[1h]`, with their own timestamps, at most as late as `atMs`. */
  async rawSamples(selector: string, atMs: number): Promise<readonly RangeSeries[]> {
    const data = await this.#ask<{ resultType: string; result: RangeSeries[] }>("query", {
      query: selector,
      time: (atMs / 1000).toFixed(3),
    });
    if (data?.resultType !== "matrix" || !Array.isArray(data.result)) throw this.#strange("query", "a matrix");
    const native = data.result.find(
      (series) => series !== null && typeof series === "object" && "histograms" in series,
    );
    if (native)
      throw new EvenkeelError(
        `${this.url}: found native histograms of ${this.#shown(String(native.metric?.["__name__"]))}, whose buckets have no series; ${CLASSIC_HISTOGRAMS}. Pull a time from then on, or one before they were native`,
        3,
      );
    if (!data.result.every(isRangeSeries)) throw this.#strange("query", "series with labels, times and values");
    return data.result;
  }

  /** What an expression is at one moment. */
  async instant(query: string, atMs: number): Promise<readonly InstantSeries[]> {
    const data = await this.#ask<{ resultType: string; result: InstantSeries[] }>("query", {
      query,
      time: (atMs / 1000).toFixed(3),
    });
    if (data?.resultType !== "vector" || !Array.isArray(data.result)) throw this.#strange("query", "a vector");
    if (!data.result.every(({ metric, value } = {} as InstantSeries) => hasLabels(metric) && isSample(value)))
      throw this.#strange("query", "series with labels, a time and a value");
    return data.result;
  }

  /** The values of a label among the series that match, between two moments. */
  async labelValues(label: string, selector: string, startMs: number, endMs: number): Promise<readonly string[]> {
    const data = await this.#ask<string[]>(`label/${label}/values`, {
      "match[]": selector,
      start: (startMs / 1000).toFixed(3),
      end: (endMs / 1000).toFixed(3),
    });
    if (!Array.isArray(data) || !data.every((value) => typeof value === "string"))
      throw this.#strange("label values", "a list of texts");
    return data;
  }

  /** The server's version, where it says one. */
  async version(): Promise<string | undefined> {
    try {
      const found = (await this.#ask<{ version?: unknown }>("status/buildinfo", {}))?.version;
      return typeof found === "string" && found !== "" ? this.#shown(found).slice(0, 40) : undefined;
    } catch (error) {
      if (error instanceof EvenkeelError && error.exitCode === 3) return undefined;
      throw error;
    }
  }

  /** Of the time for all questions together. */
  #leftMs(): number {
    const { withinMs } = this.#options;
    if (withinMs === undefined) return Number.POSITIVE_INFINITY;
    this.#sinceMs ??= performance.now();
    return this.#sinceMs + withinMs - performance.now();
  }

  async #ask<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const { attempts = ATTEMPTS, backoffMs = BACKOFF_MS, onRetry } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once<T>(path, parameters);
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        if (attempt >= attempts || this.#leftMs() <= 0)
          throw new EvenkeelError(
            `${this.url}: ${error.message}${attempt > 1 ? `, ${attempt} times in a row` : ""}; see whether the server is up and can be reached, and run the same command again: a pull goes on where it stopped`,
            3,
          );
        const waitMs = Math.min(
          LONGEST_WAIT_MS,
          Math.max(0, this.#leftMs()),
          error.retryAfterMs ?? backoffMs * 2 ** (attempt - 1),
        );
        onRetry?.(error.message, attempt, waitMs);
        await wait(waitMs);
      }
    }
  }

  async #once<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const form = new URLSearchParams(parameters).toString();
    // Label values and build info are for GET only; long queries fit no URL.
    const byGet = path.startsWith("label/") || path.startsWith("status/");
    const url = new URL(`${this.#base.href}api/v1/${path}${byGet && form ? `?${form}` : ""}`);
    const { statusCode, headers, text } = await this.#fetch(url, byGet ? undefined : form);
    if (statusCode >= 300 && statusCode < 400) throw this.#redirected(headers["location"]);
    if (statusCode === 401 || statusCode === 403)
      throw new EvenkeelError(
        `${this.url}: HTTP ${statusCode}: the server does not let these credentials read; check the token, the user and password, or the tenant's header`,
        3,
      );
    if (statusCode === 413) throw new TooMuch(`${this.url}: HTTP 413`, 3);
    if (statusCode === 408 || statusCode === 429 || statusCode >= 500) {
      // A query that takes too long or too many samples fails the same way again.
      if (TOO_MUCH.test(text)) throw new TooMuch(`${this.url}: HTTP ${statusCode}: ${this.#errorOf(text)}`, 3);
      throw new Transient(
        `HTTP ${statusCode}${this.#errorOf(text) && `: ${this.#errorOf(text)}`}`,
        retryAfter(headers["retry-after"]),
      );
    }
    let answer: { status?: string; data?: T; warnings?: unknown[]; isPartial?: boolean; error?: string } | null;
    try {
      answer = JSON.parse(text);
    } catch {
      if (statusCode === 200 && /^\s*[{[]/.test(text)) throw new Transient("an answer that is cut off");
      throw new EvenkeelError(
        `${this.url}/api/v1/${path}: HTTP ${statusCode}, and no JSON; allowed: the address of a Prometheus query API, such as http://prometheus:9090, or http://mimir/prometheus`,
        3,
      );
    }
    if (statusCode === 200 && typeof answer?.status !== "string") throw this.#strange(path, "one of this API");
    if (statusCode !== 200 || answer?.status !== "success") {
      const why = `${this.url}: HTTP ${statusCode}: ${this.#errorOf(text) || "the query failed"}`;
      if (/too long query/.test(text)) throw new EvenkeelError(`${why}; raise that limit at the server`, 3);
      if (TOO_MUCH.test(text) || /timed out|exceed/i.test(text)) throw new TooMuch(why, 3);
      throw new EvenkeelError(why, 3);
    }
    if (answer.warnings?.length || answer.isPartial)
      throw new EvenkeelError(
        `${this.url}: found an answer with ${answer.isPartial ? "parts missing" : "warnings"} (${this.#shown(String(answer.warnings?.[0] ?? "isPartial"))}); what is missing would count as absent. Mend the server, or ask one that has everything`,
        3,
      );
    return answer.data as T;
  }

  async #fetch(
    url: URL,
    body: string | undefined,
  ): Promise<{ statusCode: number; headers: Dispatcher.ResponseData["headers"]; text: string }> {
    const leftMs = this.#leftMs();
    if (leftMs <= 0)
      throw new EvenkeelError(
        `${this.url}: was asked all that there is to ask, and had answered but a part after ${this.#options.withinMs! / 1000} s; it is slow: give each question its time with --timeout`,
        3,
      );
    const timeoutMs = Math.ceil(Math.min(this.#options.timeoutMs ?? TIMEOUT_MS, leftMs));
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await request(url, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          accept: "application/json",
          ...this.#headers,
          ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        },
        ...(body === undefined ? {} : { body }),
        dispatcher: this.#dispatcher,
        signal,
      });
      const pieces: Buffer[] = [];
      let bytes = 0;
      for await (const piece of response.body) {
        bytes += (piece as Buffer).length;
        if (bytes > MOST_BYTES) {
          response.body.destroy();
          throw new TooMuch(`${this.url}: an answer of more than ${MOST_BYTES / 2 ** 20} MiB`, 3);
        }
        pieces.push(piece as Buffer);
      }
      return {
        statusCode: response.statusCode,
        headers: response.headers,
        text: Buffer.concat(pieces).toString("utf8"),
      };
    } catch (cause) {
      if (cause instanceof EvenkeelError) throw cause;
      if (signal.aborted) throw new Transient(`no answer within ${Math.round(timeoutMs / 100) / 10} s`);
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "ERR_SSL_WRONG_VERSION_NUMBER")
        throw new EvenkeelError(`${this.url}: the server speaks no TLS there; name it with http://`, 3, { cause });
      if (code !== undefined && /CERT|SSL|TLS|SELF_SIGNED|ISSUER/.test(code))
        throw new EvenkeelError(
          `${this.url}: no trusted connection (${code}); name the authority's file with --ca, and with --cert and --key who you are if the server asks`,
          3,
          { cause },
        );
      throw new Transient(`no connection (${code ?? message})`);
    }
  }

  /** What a server says went wrong, short, on one line, and without what it repeats of the secrets. */
  #errorOf(text: string): string {
    let said: string;
    try {
      said = String((JSON.parse(text) as { error?: unknown }).error ?? "");
    } catch {
      said = text;
    }
    return this.#shown(said);
  }

  /** Text of a server as it may be shown: on one line, and without what it repeats of the secrets. */
  #shown(text: string): string {
    let shown = text;
    for (const secret of this.#secrets) shown = shown.replaceAll(secret, "[hidden]");
    return cleaned(shown);
  }

  #redirected(location: string | string[] | undefined): EvenkeelError {
    const target = String(location ?? "");
    const to = URL.canParse(target, this.#base.href) ? new URL(target, this.#base) : undefined;
    const where = to ? `${to.origin}${to.pathname}` : "nowhere";
    return new EvenkeelError(
      `${this.url}: found a redirect to ${this.#shown(where)}; credentials are only sent to the address that is named. Name the query API's own address`,
      3,
    );
  }

  #strange(what: string, wanted: string): EvenkeelError {
    return new EvenkeelError(
      `${this.url}: the answer to a ${what} request is not ${wanted}; is this a Prometheus API?`,
      3,
    );
  }
}

const hasLabels = (metric: unknown) =>
  typeof metric === "object" && metric !== null && Object.values(metric).every((value) => typeof value === "string");

/** A time, and a number as text, NaN and both infinities among them. */
const isSample = (sample: unknown) =>
  Array.isArray(sample) &&
  Number.isFinite(sample[0]) &&
  typeof sample[1] === "string" &&
  sample[1] !== "" &&
  (sample[1] === "NaN" || !Number.isNaN(numberOf(sample[1])));

const isRangeSeries = (series: RangeSeries | null) =>
  hasLabels(series?.metric) && Array.isArray(series?.values) && series.values.every(isSample);

/** @throws EvenkeelError that does not show what may be secret in it */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new EvenkeelError(
      "--url: found no address of a server; allowed: http:// or https:// with a host, such as http://prometheus:9090",
    );
  if (url.username || url.password)
    throw new EvenkeelError(
      "--url: found a user or password in it, which would end up in logs; use --user with --password-file, or --token-file",
    );
  if (url.search || url.hash)
    throw new EvenkeelError(
      "--url: found a query or fragment in it; name the address alone, and headers with --header",
    );
  url.pathname = `${url.pathname.replace(/(\/api\/v1)?\/*$/, "")}/`;
  return url;
}

async function pem(option: string, file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (cause) {
    throw new EvenkeelError(`${option} ${file}: cannot be read (${(cause as NodeJS.ErrnoException).code})`, 2, {
      cause,
    });
  }
}

/** Text of a server, as it may be shown in a terminal. */
const cleaned = (text: string) =>
  text
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 800);

function retryAfter(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

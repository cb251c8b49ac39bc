import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { describeDataset } from "../dataset/open.js";
import { evenkeel } from "../testing/command.js";
import { readManifest, sampleDataset, tempFolder } from "../testing/dataset.js";
import { dataOf, type PrometheusServer, startPrometheus } from "../testing/prometheus-server.js";
import { type Disturb, type ProxyServer, proxyOf } from "../testing/proxy.js";
import { PrometheusClient, type ServerOptions } from "./client.js";
import { exportOpenMetrics } from "./export.js";
import { pull } from "./pull.js";

// Pulls through a proxy that disturbs what goes between the command and a real Prometheus.

let server: PrometheusServer;
/** Digest of what is pulled when nothing is disturbed. */
let digest: string;
let startMs: number;
let endMs: number;
const proxies: ProxyServer[] = [];

beforeAll(async () => {
  const file = join(await tempFolder(), "sample.om");
  await exportOpenMetrics(await sampleDataset(), file);
  server = await startPrometheus(await dataOf(file), { lookbackSeconds: 55 });
  const { manifest } = await describeDataset(await sampleDataset());
  [startMs, endMs] = [Date.parse(manifest.start), Date.parse(manifest.end)];
  digest = (await readManifest(await pullFrom({ url: server.url }))).digest;
}, 120_000);
afterEach(() => Promise.all(proxies.splice(0).map((proxy) => proxy.stop())));
afterAll(() => server.stop());

async function disturbed(disturb: Disturb, tls?: Parameters<typeof proxyOf>[2]): Promise<ProxyServer> {
  const proxy = await proxyOf(server.url, disturb, tls);
  proxies.push(proxy);
  return proxy;
}

/** Answers so many milliseconds late. */
const slow =
  (ms: number): Disturb =>
  ({ real, response }) =>
    real().then(async (body) => {
      await wait(ms);
      response.writeHead(200).end(body);
    });

async function pullFrom(options: ServerOptions, folder?: string): Promise<string> {
  const out = folder ?? join(await tempFolder(), "pulled");
  const { contract } = await describeDataset(await sampleDataset());
  const client = await PrometheusClient.connect({ backoffMs: 5, ...options });
  try {
    await pull(client, out, { startMs, endMs, contract });
  } finally {
    await client.close();
  }
  return out;
}

const pullArguments = async (url: string, out: string) => [
  "pull",
  ...["--url", url, "--out", out, "--contract", join(await sampleDataset(), "contract.yaml")],
  ...["--start", new Date(startMs).toISOString(), "--end", new Date(endMs).toISOString()],
];

describe("a pull through a server that fails now and then", () => {
  const failures: Record<string, Disturb> = {
    "answers 500": ({ response, before }) =>
      before % 3 === 1 ? Promise.resolve(response.writeHead(500).end("oops")) : undefined,
    "answers 503 with JSON": ({ response, before }) =>
      before % 4 === 1
        ? Promise.resolve(
            response.writeHead(503).end('{"status":"error","errorType":"unavailable","error":"starting"}'),
          )
        : undefined,
    "answers 429 and says when to come again": ({ response, before }) =>
      before % 3 === 2 ? Promise.resolve(response.writeHead(429, { "retry-after": "0" }).end()) : undefined,
    "cuts its JSON off": ({ response, before, real }) =>
      before % 5 === 3
        ? real().then((body) => response.writeHead(200).end(body.subarray(0, body.length >> 1)))
        : undefined,
    "breaks the connection": ({ response, before }) =>
      before % 6 === 2 ? Promise.resolve(response.destroy()) : undefined,
  };
  for (const [name, disturb] of Object.entries(failures))
    test(`that ${name} gets the same`, async () => {
      const proxy = await disturbed(disturb);
      const retries: string[] = [];
      const out = await pullFrom({ url: proxy.url, onRetry: (why) => retries.push(why) });
      const { digest: found } = await readManifest(out);
      expect(found).toBe(digest);
      expect(retries.length).toBeGreaterThan(3);
    });

  test("that is too slow at times gets the same", async () => {
    const proxy = await disturbed(({ before }) => (before % 40 === 20 ? wait(2_000) : undefined));
    const retries: string[] = [];
    const out = await pullFrom({ url: proxy.url, timeoutMs: 700, onRetry: (why) => retries.push(why) });
    expect((await readManifest(out)).digest).toBe(digest);
    expect(new Set(retries)).toEqual(new Set(["no answer within 0.7 s"]));
  });

  test("that refuses long ranges asks for shorter ones", async () => {
    const refusal =
      '{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}';
    const proxy = await disturbed(({ body, response }) => {
      const [, ms] = /%5B(\d+)ms%5D/.exec(body) ?? [];
      return Number(ms) > 20 * 60_000 ? Promise.resolve(response.writeHead(422).end(refusal)) : undefined;
    });
    expect((await readManifest(await pullFrom({ url: proxy.url }))).digest).toBe(digest);
  });

  test("that fails for good says so, and goes on later", async () => {
    let down = false;
    const proxy = await disturbed(({ before, response }) => {
      down = before > 30 && before < 60;
      return down ? Promise.resolve(response.writeHead(502).end()) : undefined;
    });
    const out = join(await tempFolder(), "pulled");
    await expect(pullFrom({ url: proxy.url, attempts: 3 }, out)).rejects.toThrow(
      /HTTP 502, 3 times in a row.*a pull goes on where it stopped/,
    );
    const before = proxy.requests.length;
    while (proxy.requests.length < 60) await fetch(`${proxy.url}/-/ready`);
    await pullFrom({ url: proxy.url }, out);
    expect(before).toBeGreaterThan(30);
    expect((await readManifest(out)).digest).toBe(digest);
  });
});

describe("a pull that is killed", () => {
  test("goes on where it was, and gets the same", async () => {
    const whole = await disturbed(() => undefined);
    await pullFrom({ url: whole.url });
    const proxy = await disturbed(slow(15));
    const out = join(await tempFolder(), "pulled");
    const { child, done } = evenkeel(await pullArguments(proxy.url, out));
    while (proxy.requests.length < whole.requests.length / 2) await wait(5);
    child.kill("SIGKILL");
    await done;
    expect(await readdir(dirname(out))).toEqual([".pulled.pulling"]);
    const asked = proxy.requests.length;
    const { code, out: said } = await evenkeel(await pullArguments(proxy.url, out)).done;
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining("dataset ") });
    const { digest: found, tables } = await readManifest(out);
    expect(found).toBe(digest);
    expect(Object.values(tables).reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(1000);
    expect(proxy.requests.length - asked).toBeLessThan(whole.requests.length * 0.75);
    expect(await readdir(dirname(out))).toEqual(["pulled"]);
  });

  test("by Ctrl-C says that what it has is kept", async () => {
    const proxy = await disturbed(slow(15));
    const out = join(await tempFolder(), "pulled");
    const { child, done } = evenkeel(await pullArguments(proxy.url, out));
    while (proxy.requests.length < 60) await wait(5);
    child.kill("SIGINT");
    const { code, err } = await done;
    expect(code).toBe(130);
    expect(err).toContain("what was pulled is kept; run the same command again to go on");
  });
});

describe("the beginning of a pull", () => {
  /** A pull that was killed in the middle. */
  async function killed(): Promise<string> {
    const proxy = await disturbed(slow(15));
    const out = join(await tempFolder(), "pulled");
    const { child, done } = evenkeel(await pullArguments(proxy.url, out));
    while (proxy.requests.length < 60) await wait(5);
    child.kill("SIGKILL");
    await done;
    return out;
  }

  test("is not thrown away for another, unless told to", async () => {
    const out = await killed();
    const kept = await readdir(join(dirname(out), ".pulled.pulling"));
    await expect(pullFrom({ url: server.url }, out)).rejects.toThrow(
      /found the beginning of another pull there, of another server \(server http:\/\/127\.0\.0\.1:\d+\); finish that one, add --replace/,
    );
    expect(await readdir(join(dirname(out), ".pulled.pulling"))).toEqual(kept);
    const { code } = await evenkeel([...(await pullArguments(server.url, out)), "--replace"]).done;
    expect({ code, digest: (await readManifest(out)).digest }).toEqual({ code: 0, digest });
  });

  test("of one tenant is not gone on with as another", async () => {
    const proxy = await disturbed(({ request, response, before }) =>
      request.headers["x-scope-orgid"] === "a" && before > 60
        ? Promise.resolve(response.writeHead(401).end())
        : undefined,
    );
    const out = join(await tempFolder(), "pulled");
    const as = (tenant: string) => pullFrom({ url: proxy.url, headers: { "X-Scope-OrgID": tenant } }, out);
    await expect(as("a")).rejects.toThrow("HTTP 401");
    await expect(as("b")).rejects.toThrow(
      /found the beginning of another pull there, of another user or tenant; finish/,
    );
  });

  test("is gone on with where the server has become another version", async () => {
    let version = "1.0.0";
    const proxy = await disturbed(({ request, response, before }) =>
      request.url?.includes("buildinfo")
        ? Promise.resolve(response.writeHead(200).end(JSON.stringify({ status: "success", data: { version } })))
        : version === "1.0.0" && before > 60
          ? Promise.resolve(response.writeHead(401).end())
          : undefined,
    );
    const out = join(await tempFolder(), "pulled");
    await expect(pullFrom({ url: proxy.url }, out)).rejects.toThrow("HTTP 401");
    version = "2.0.0";
    await pullFrom({ url: proxy.url }, out);
    const { digest: found, pulled } = await readManifest(out);
    expect({ digest: found, version: pulled?.version }).toEqual({ digest, version: "1.0.0, then 2.0.0" });
  });

  test("is not written by two at once", async () => {
    const proxy = await disturbed(slow(100));
    const out = join(await tempFolder(), "pulled");
    const { child, done } = evenkeel(await pullArguments(proxy.url, out));
    while (proxy.requests.length < 31) await wait(5);
    const second = await evenkeel(await pullArguments(proxy.url, out)).done;
    child.kill("SIGKILL");
    await done;
    expect(second).toMatchObject({ code: 2, err: expect.stringContaining(`process ${child.pid} is pulling into it`) });
  });
});

describe("a pull from a server that speaks TLS", () => {
  /** A certificate for this machine that is its own authority, and its key. */
  async function certificate(): Promise<{ certFile: string; keyFile: string; cert: Buffer; key: Buffer }> {
    const folder = await tempFolder();
    const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const subject = ["-subj", "/CN=evenkeel test", "-addext", "subjectAltName=IP:127.0.0.1"];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", keyFile, "-out", certFile, ...subject],
      { stdio: "ignore" },
    );
    return { certFile, keyFile, cert: await readFile(certFile), key: await readFile(keyFile) };
  }

  test("of an authority of its own needs its certificate", async () => {
    const { cert, key, certFile } = await certificate();
    const proxy = await disturbed(() => undefined, { cert, key });
    await expect(pullFrom({ url: proxy.url })).rejects.toThrow(
      /no trusted connection \(DEPTH_ZERO_SELF_SIGNED_CERT\); name the authority's file with --ca/,
    );
    expect((await readManifest(await pullFrom({ url: proxy.url, caFile: certFile }))).digest).toBe(digest);
  });

  test("and asks who one is needs a client certificate", async () => {
    const [own, mine] = [await certificate(), await certificate()];
    const tls = { cert: own.cert, key: own.key, ca: mine.cert, requestCert: true, rejectUnauthorized: true };
    const proxy = await disturbed(() => undefined, tls);
    const trusted = { url: proxy.url, caFile: own.certFile };
    await expect(pullFrom(trusted)).rejects.toThrow(/no trusted connection|no connection/);
    const out = await pullFrom({ ...trusted, certFile: mine.certFile, keyFile: mine.keyFile });
    expect((await readManifest(out)).digest).toBe(digest);
    await expect(pullFrom({ ...trusted, certFile: mine.certFile })).rejects.toThrow("a client certificate needs both");
  });
});

describe("a pull that must not go on", () => {
  const token = "s3cr3t-t0ken-of-nobody";
  const guarded: Disturb = ({ request, response }) =>
    request.headers.authorization === `Bearer ${token}`
      ? undefined
      : Promise.resolve(response.writeHead(401).end(`no ${request.headers.authorization}`));

  test("is let in with the right token, which is written nowhere", async () => {
    const proxy = await disturbed(guarded);
    const out = join(await tempFolder(), "pulled");
    const file = join(await tempFolder(), "token");
    await writeFile(file, `${token}\n`);
    const {
      code,
      out: said,
      err,
    } = await evenkeel([...(await pullArguments(proxy.url, out)), "--token-file", file]).done;
    expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
    expect((await readManifest(out)).digest).toBe(digest);
    const written = await Promise.all((await readdir(out)).map((name) => readFile(join(out, name), "latin1")));
    expect([said, err, ...written].filter((text) => text.includes(token))).toEqual([]);
  });

  test("with a wrong token ends with 3, and does not show it", async () => {
    const proxy = await disturbed(guarded);
    const { code, err } = await evenkeel(await pullArguments(proxy.url, join(await tempFolder(), "pulled")), {
      env: { EVENKEEL_PROMETHEUS_TOKEN: "wr0ng-token" },
    }).done;
    expect(code).toBe(3);
    expect(err).toContain("HTTP 401: the server does not let these credentials read");
    expect(err).not.toContain("wr0ng-token");
    // One for each exporter, and none again.
    expect(proxy.requests.length).toBeLessThanOrEqual(3);
  });

  test("does not show what a server repeats of them", async () => {
    const proxy = await disturbed(({ response, request }) =>
      Promise.resolve(
        response.writeHead(400).end(JSON.stringify({ status: "error", error: `bad ${request.headers.authorization}` })),
      ),
    );
    await expect(pullFrom({ url: proxy.url, token })).rejects.toThrow(/HTTP 400: bad Bearer \[hidden\]$/);
    await expect(pullFrom({ url: proxy.url, user: "me", password: token })).rejects.toThrow(
      /HTTP 400: bad Basic \[hidden\]$/,
    );
  });

  test("does not show those of a header of one's own either, and takes it for what it is", async () => {
    const proxy = await disturbed(({ response, request }) =>
      Promise.resolve(response.writeHead(400).end(`bad ${request.headers.authorization?.split(" ")[1]}`)),
    );
    const headers = { Authorization: `Bearer ${token}` };
    await expect(pullFrom({ url: proxy.url, headers })).rejects.toThrow(/ bad \[hidden\]|HTTP 400, and no JSON/);
    await expect(pullFrom({ url: proxy.url, headers, token })).rejects.toThrow("a header Authorization beside");
  });

  test("does not show them in warnings, redirects or versions either", async () => {
    const said = (text: string) => `{"status":"success","data":[],"warnings":[${JSON.stringify(text)}]}`;
    const warning = await disturbed(({ response, request }) =>
      Promise.resolve(response.writeHead(200).end(said(`saw ${request.headers.authorization}`))),
    );
    await expect(pullFrom({ url: warning.url, token })).rejects.toThrow("saw Bearer [hidden]");
    const redirect = await disturbed(({ response, request }) =>
      Promise.resolve(response.writeHead(302, { location: `http://elsewhere/${request.headers.authorization}` }).end()),
    );
    await expect(pullFrom({ url: redirect.url, token })).rejects.toThrow(
      /redirect to http:\/\/elsewhere\/Bearer%20\[hidden\]/,
    );
    const version = await disturbed(({ response, request }) =>
      request.url?.includes("buildinfo")
        ? Promise.resolve(
            response
              .writeHead(200)
              .end(`{"status":"success","data":{"version":"2.4 ${request.headers.authorization}"}}`),
          )
        : undefined,
    );
    expect((await readManifest(await pullFrom({ url: version.url, token }))).pulled?.version).toBe(
      "2.4 Bearer [hidden]",
    );
  });

  test.each([
    ["no number", /"([^"]*)"\]\]/, "null]]"],
    ["an object for a label", /"job":"[^"]*"/, '"job":{}'],
    ["no time", /\[\[\d+(\.\d+)?/, "[[null"],
  ])("stops at a sample with %s", async (_, found, wrong) => {
    const proxy = await disturbed(({ body, real, response }) =>
      body.includes("%5B")
        ? real().then((text) => response.writeHead(200).end(text.toString().replace(found, wrong)))
        : undefined,
    );
    await expect(pullFrom({ url: proxy.url })).rejects.toThrow(/is not series with labels, times and values/);
  });

  test("stops at native histograms, and says of what and what to do", async () => {
    const proxy = await disturbed(({ body, real, response }) =>
      body.includes("kueue_admission_wait_time_seconds_sum")
        ? real().then((text) => response.writeHead(200).end(text.toString().replaceAll('"values"', '"histograms"')))
        : undefined,
    );
    await expect(pullFrom({ url: proxy.url })).rejects.toThrow(
      /found native histograms of kueue_admission_wait_time_seconds_sum, .*always_scrape_classic_histograms: true/,
    );
  });

  test("is not sent to another origin", async () => {
    const elsewhere = await disturbed(() => undefined);
    const proxy = await disturbed(({ response, request }) =>
      Promise.resolve(response.writeHead(307, { location: `${elsewhere.url}${request.url}` }).end()),
    );
    await expect(pullFrom({ url: proxy.url, token })).rejects.toThrow(
      /found a redirect to http:\/\/127\.0\.0\.1:\d+\//,
    );
    expect(elsewhere.requests).toEqual([]);
  });

  test.each([
    [
      "warnings",
      '"warnings":["some store gateway did not answer"]',
      /found an answer with warnings \(some store gateway/,
    ],
    ["parts missing", '"isPartial":true', /found an answer with parts missing/],
  ])("stops at an answer with %s", async (_, added, message) => {
    const proxy = await disturbed(({ before, real, response }) =>
      before === 40
        ? real().then((body) => response.writeHead(200).end(body.toString().replace(/}$/, `,${added}}`)))
        : undefined,
    );
    await expect(pullFrom({ url: proxy.url })).rejects.toThrow(message);
  });

  test("stops at what is no Prometheus", async () => {
    const proxy = await disturbed(({ response }) =>
      Promise.resolve(response.writeHead(200).end("<html>Grafana</html>")),
    );
    await expect(pullFrom({ url: proxy.url })).rejects.toThrow(
      /no JSON; allowed: the address of a Prometheus query API/,
    );
  });

  test("stops before it begins where no GPU is to be found, and says what would add it", async () => {
    const { contract } = await describeDataset(await sampleDataset());
    const client = await PrometheusClient.connect({ url: server.url });
    const long = 86_400_000;
    await expect(
      pull(client, join(await tempFolder(), "pulled"), {
        startMs: startMs - 9 * long,
        endMs: startMs - 8 * long,
        contract,
      }),
    ).rejects.toThrow(
      // Its oldest block begins with the first sample and ends with the last.
      /GPUs of nodes \(kube_node_status_capacity\): scrape kube-state-metrics.*\nThe server has such series from about 2026-01-0[45]T\S+ to 2026-01-05T0[34]\S+: choose --start and --end within\. /s,
    );
    await client.close();
  });
});

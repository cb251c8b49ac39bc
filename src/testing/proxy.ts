import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from "node:https";

/** What a proxy does instead of passing a request on: undefined passes it on. */
export type Disturb = (exchange: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
  /** How many requests there were before. */
  readonly before: number;
  /** The real answer's body, to send something else of it. */
  readonly real: () => Promise<Buffer>;
}) => Promise<unknown> | undefined;

export interface ProxyServer {
  readonly url: string;
  /** Bodies of the requests so far. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** Stands in front of a real server on loopback, and disturbs some of what goes through it. @param tls to speak https */
export async function proxyOf(target: string, disturb: Disturb, tls?: TlsOptions): Promise<ProxyServer> {
  const requests: string[] = [];
  const listener: RequestListener = async (incoming, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString();
    const before = requests.length;
    requests.push(body || incoming.url!);
    const pass = () => forward(target, incoming, body);
    const real = async () => (await pass()).body;
    try {
      const disturbed = disturb({ request: incoming, response, body, before, real });
      if (disturbed) {
        await disturbed;
        return;
      }
      const { status, body: answer } = await pass();
      response.writeHead(status, { "content-type": "application/json" }).end(answer);
    } catch {
      response.destroy();
    }
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function forward(target: string, incoming: IncomingMessage, body: string): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { authorization: _, host: __, ...headers } = incoming.headers;
    const outgoing = request(
      `${target}${incoming.url}`,
      { method: incoming.method ?? "GET", headers },
      async (answer) => {
        try {
          const pieces: Buffer[] = [];
          for await (const piece of answer) pieces.push(piece as Buffer);
          resolve({ status: answer.statusCode!, body: Buffer.concat(pieces) });
        } catch (error) {
          reject(error);
        }
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

import { Agent, request } from "node:http";

/** What an answer took of the wire, as its body came: compressed where the server did so. */
export interface Taken {
  readonly bytes: number;
  readonly encoding: string;
}

/** Calls of Connect in protobuf as a browser makes them: over few connections that are kept, taking compressed answers. */
export function browser(url: string, token: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 6 });
  const { hostname, port } = new URL(url);
  const headers = { "content-type": "application/proto", "accept-encoding": "gzip", authorization: `Bearer ${token}` };
  return {
    call: (path: string, body: Uint8Array): Promise<Taken> =>
      new Promise((resolve, reject) => {
        const sent = request(
          { agent, hostname, port, path, method: "POST", headers: { ...headers, "content-length": body.length } },
          (answer) => {
            let bytes = 0;
            answer.on("data", (piece: Buffer) => {
              bytes += piece.length;
            });
            answer.on("error", reject);
            answer.on("end", () => {
              if (answer.statusCode === 200) resolve({ bytes, encoding: answer.headers["content-encoding"] ?? "identity" });
              else reject(new Error(`${path} was refused with ${answer.statusCode}`));
            });
          },
        );
        sent.on("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

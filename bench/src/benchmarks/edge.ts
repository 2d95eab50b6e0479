import { Agent, createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { startOneProcess } from "@signalbox/deploy/one-process.ts";
import { oneProcessSettings } from "@signalbox/deploy/settings.ts";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import type { Benchmark } from "../benchmark.ts";
import { race } from "../race.ts";

const password = "a-password-for-benchmarks";
const clients = 64;

/** Unary JSON through the edge to a service in the same process, authenticated, no database. */
export const edge: Benchmark = {
  about: "Unary JSON through the edge, signed in, answered without a database; the floor is node:http that parses and prints the same JSON",
  async measure(stage) {
    const folder = stage.folder();
    const environment = {
      SIGNALBOX_DATA: folder,
      SIGNALBOX_PORT: "0",
      SIGNALBOX_LOG_LEVEL: "warn",
      SIGNALBOX_ADMIN_PASSWORD: password,
      SIGNALBOX_PRINCIPAL_RATE: "1000000",
      SIGNALBOX_ADDRESS_RATE: "1000000",
    };
    const running = stage.own(await startOneProcess(readConfig(oneProcessSettings, environment)), (each) => each.stop());
    const agent = stage.own(new Agent({ keepAlive: true, maxSockets: clients }), (each) => each.destroy());
    const auth = "/signalbox.identity.v1.AuthService";
    const signedIn = JSON.parse(await post(agent, `${running.url}${auth}/SignIn`, JSON.stringify({ userName: "admin", password }))) as {
      tokens: { accessToken: string };
    };
    const authorization = `Bearer ${signedIn.tokens.accessToken}`;
    const answer = await post(agent, `${running.url}${auth}/GetSelf`, "{}", authorization);
    const floor = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        JSON.parse(Buffer.concat(chunks).toString());
        const body = JSON.stringify(JSON.parse(answer));
        response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
        response.end(body);
      });
    });
    await new Promise<void>((resolve) => floor.listen(0, "127.0.0.1", resolve));
    const floorUrl = `http://127.0.0.1:${(floor.address() as AddressInfo).port}/`;
    stage.own(floor, (each) => void each.close());
    const lines = await race([
      { name: "floor: node:http", atOnce: clients, work: () => post(agent, floorUrl, "{}", authorization) },
      {
        name: "edge, answered in the process",
        atOnce: clients,
        reach: 0.35,
        work: () => post(agent, `${running.url}${auth}/GetSelf`, "{}", authorization),
      },
    ]);
    return [{ kind: "race", title: "GetSelf", conditions: `one process, ${clients} clients in the same process`, unit: "call", lines }];
  },
};

function post(agent: Agent, url: string, body: string, authorization?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...(authorization ? { authorization } : {}),
    };
    const request = httpRequest(url, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        response.statusCode === 200
          ? resolve(Buffer.concat(chunks).toString())
          : reject(new Error(`${response.statusCode} ${Buffer.concat(chunks)}`)),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

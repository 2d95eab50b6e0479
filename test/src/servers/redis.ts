import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ServerKind } from "./kind.ts";

export const redis: ServerKind = {
  name: "redis",
  title: "Redis",
  programs: ["redis-server", "valkey-server"],
  least: [6, 2],
  debianPackage: "redis-server",
  image: "redis:7.4",
  imagePort: 6379,
  accounts: ["redis"],

  plan: (program, _version, { folder, port, password }) => ({
    files: {
      "redis.conf": [
        "bind 127.0.0.1",
        `port ${port}`,
        `dir ${folder}`,
        `unixsocket ${folder}/socket`,
        `requirepass ${password}`,
        'save ""',
        "appendonly no",
        "",
      ].join("\n"),
    },
    prepare: [],
    serve: [program, `${folder}/redis.conf`],
    signal: "SIGKILL",
  }),

  container: ({ password }) => ({ options: [], arguments: ["--requirepass", password, "--save", "", "--appendonly", "no"] }),

  url: ({ port, password }) => `redis://:${password}@127.0.0.1:${port}`,

  async ping(url) {
    const { protocol, hostname, port, username, password } = new URL(url);
    const at = { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || 6379) };
    const socket = protocol === "rediss:" ? connectTls({ ...at, servername: at.host }) : connect(at);
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no answer from ${at.host}:${at.port} within 5 s`)));
    try {
      await once(socket, protocol === "rediss:" ? "secureConnect" : "connect");
      const words = password ? ["AUTH", ...(username ? [username] : []), password].map(decodeURIComponent) : ["PING"];
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
      const [answer] = (await once(socket, "data")) as [Buffer];
      if (!answer.toString().startsWith("+")) throw new Error(answer.toString().trim());
    } finally {
      socket.destroy();
    }
  },
};

import { toJson } from "@bufbuild/protobuf";
import { AuthService, GetSelfResponseSchema } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { printable } from "../output/width.ts";

export function addWhoami(program: Command, act: Act): void {
  program
    .command("whoami")
    .description("say who you are, and where")
    .action(
      act(async (context) => {
        const { client, url } = context.connect();
        const self = await client(AuthService).getSelf({});
        const { profile, workspace = "", project = "" } = context.session;
        if (context.options.json) {
          const place = { url, profile: profile?.name ?? "", workspace, project };
          context.print(JSON.stringify({ ...(toJson(GetSelfResponseSchema, self) as object), ...place }, null, 2));
          return;
        }
        const kind = self.kind.replaceAll("_", " ");
        context.print(`${printable(self.principal?.name || self.principal?.id || "unknown")} (${kind}) at ${url}`);
        const facts = [workspace && `workspace ${workspace}`, project && `project ${project}`, profile && `profile ${profile.name}`];
        if (facts.some(Boolean)) context.print(printable(facts.filter(Boolean).join(" · ")));
      }),
    );
}

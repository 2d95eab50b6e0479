import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { removeProfile } from "@signalbox/sdk";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { toFailure } from "../failure.ts";
import { checkProfile } from "../session.ts";

export function addLogout(program: Command, act: Act): void {
  program
    .command("logout")
    .description("end the session and forget the profile; an API key stays valid")
    .action(
      act(async (context) => {
        const { session } = context;
        checkProfile(session, context.options);
        if (!session.profile) {
          context.print("nobody was signed in");
          return;
        }
        const { name, refreshToken } = session.profile;
        if (refreshToken) {
          try {
            await context.connect().client(AuthService).signOut({});
          } catch (error) {
            context.note(`the session could not be ended at the server: ${toFailure(error).message}`);
          }
        }
        await removeProfile(name, session.file);
        context.print(`signed out of ${session.profile.url} (profile ${name} is forgotten)`);
      }),
    );
}

import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { changeProfiles } from "@signalbox/sdk";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import type { Context } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { askSecret, wholeInput } from "../prompt.ts";

const leastLength = 10;

export function addPasswd(program: Command, act: Act): void {
  program
    .command("passwd")
    .description("change your password; your other sessions end")
    .option("--password-stdin", "read the present and the new password from standard input, a line each")
    .action(
      act<{ passwordStdin?: boolean }>(async (context, { passwordStdin = false }) => {
        const { client } = context.connect();
        const { password, newPassword } = passwordStdin ? await passwordsFromInput(context) : await askPasswords(context);
        await client(AuthService).changePassword({ password, newPassword });
        await forgetToken(context.session);
        context.print("the password is changed");
      }),
    );
}

/** A token that was good for choosing the password only is of no use any more: the next command renews it. */
async function forgetToken({ file, profile }: Context["session"]): Promise<void> {
  if (!profile?.accessToken) return;
  await changeProfiles(({ profiles, ...rest }) => {
    const { accessToken: _, accessExpireTimeMs: __, ...kept } = profiles[profile.name] ?? profile;
    return { ...rest, profiles: { ...profiles, [profile.name]: kept } };
  }, file);
}

interface Passwords {
  readonly password: string;
  readonly newPassword: string;
}

async function passwordsFromInput({ terminal }: Context): Promise<Passwords> {
  const [password, newPassword] = (await wholeInput(terminal.stdin)).split(/\r?\n/);
  if (!password || !newPassword) throw wrongUsage("standard input has two lines: the present password and the new one");
  return { password, newPassword };
}

async function askPasswords(context: Context): Promise<Passwords> {
  const password = await askSecret(context.terminal, "present password", "--password-stdin");
  return { password, newPassword: await askNewPassword(context) };
}

/** Asks for a new password, twice, until both are alike and long enough. */
export async function askNewPassword(context: Context): Promise<string> {
  for (;;) {
    const first = await askSecret(context.terminal, `new password (at least ${leastLength} characters)`, "--password-stdin");
    if ([...first].length < leastLength) {
      context.note(`that has fewer than ${leastLength} characters`);
      continue;
    }
    if ((await askSecret(context.terminal, "the same again", "--password-stdin")) === first) return first;
    context.note("the two were not alike");
  }
}

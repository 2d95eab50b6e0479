import {
  PrincipalState,
  type ServiceAccount,
  ServiceAccountSchema,
  type User,
  UserSchema,
} from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { examples, withListOptions } from "./list-options.ts";

const stateCell = ({ state }: { readonly state: PrincipalState }) =>
  state === PrincipalState.ACTIVE ? "active" : ({ text: "inactive", tone: "bad" } as const);

const userColumns = (now: number): readonly Column<User>[] => [
  { heading: "USER NAME", cell: ({ userName }) => userName },
  { heading: "SHOWN AS", cell: ({ displayName }) => displayName },
  { heading: "STATE", cell: stateCell },
  { heading: "PASSWORD CHANGED", cell: ({ passwordChangeTime }) => ago(passwordChangeTime, now) },
  { heading: "ID", cell: ({ id }) => id },
];

const accountColumns: readonly Column<ServiceAccount>[] = [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "SHOWN AS", cell: ({ displayName }) => displayName },
  { heading: "STATE", cell: stateCell },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
  { heading: "ID", cell: ({ id }) => id },
];

interface Changing {
  readonly userName?: string;
  readonly displayName?: string;
  readonly email?: string;
  readonly avatar?: string;
}

/** `users list`, `update` and `delete`, and `accounts list` and `delete`. */
export function addPeople(program: Command, act: Act): void {
  const users = program.command("users").description("the people of an organization");
  withListOptions(users.command("list <organization>").description("list users")).action(
    act<ListOptions>((context, options, organization) => listUsers(context, options, needed(organization, "the organization"))),
  );
  users
    .command("update <user>")
    .description("change what is known of a user; what is not named stays")
    .option("--user-name <name>", "what they sign in with from now on")
    .option("--display-name <text>", "what others see")
    .option("--email <address>", "their address")
    .option("--avatar <url>", 'the address of a picture; "" for none')
    .addHelpText("after", examples('users update ada --display-name "Ada Lovelace"'))
    .action(act<Changing>(updateUser));
  users
    .command("delete <user>")
    .description("delete a user: they are forgotten, and what they hold is refused everywhere; what they own stays")
    .action(
      act(async (context, _options, user) => {
        await context
          .connect()
          .client(UserService)
          .deleteUser({ user: needed(user, "the user") });
        context.print(context.options.json ? "{}" : `user ${user} deleted`);
      }),
    );
  const accounts = program.command("accounts").description("service accounts: programs that act on their own");
  withListOptions(accounts.command("list <organization>").description("list service accounts")).action(
    act<ListOptions>((context, options, organization) => listAccounts(context, options, needed(organization, "the organization"))),
  );
  accounts
    .command("delete <id>")
    .description("delete a service account with its keys; what it owns stays")
    .action(
      act(async (context, _options, id) => {
        await context
          .connect()
          .client(ServiceAccountService)
          .deleteServiceAccount({ serviceAccount: needed(id, "the service account") });
        context.print(context.options.json ? "{}" : `service account ${id} deleted`);
      }),
    );
}

async function listUsers(context: Context, options: ListOptions, organization: string): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: UserSchema,
    columns: userColumns(context.now()),
    nothing: "no users",
    fetch: async (page) => {
      const request = { organization, filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
      const answer = await client(UserService).listUsers(request);
      return { items: answer.users, nextPageToken: answer.nextPageToken };
    },
  });
}

async function listAccounts(context: Context, options: ListOptions, organization: string): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: ServiceAccountSchema,
    columns: accountColumns,
    nothing: "no service accounts",
    fetch: async (page) => {
      const request = { organization, filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
      const answer = await client(ServiceAccountService).listServiceAccounts(request);
      return { items: answer.serviceAccounts, nextPageToken: answer.nextPageToken };
    },
  });
}

async function updateUser(context: Context, { userName, displayName, email, avatar }: Changing, user: string | undefined): Promise<void> {
  const changes = {
    ...(userName !== undefined && { user_name: { userName } }),
    ...(displayName !== undefined && { display_name: { displayName } }),
    ...(email !== undefined && { email: { email } }),
    ...(avatar !== undefined && { avatar_url: { avatarUrl: avatar } }),
  };
  const paths = Object.keys(changes);
  if (paths.length === 0) throw wrongUsage("nothing is to change", "npx signalbox users update --help");
  const request = { user: needed(user, "the user"), ...Object.assign({}, ...Object.values(changes)), updateMask: { paths } };
  const { user: after } = await context.connect().client(UserService).updateUser(request);
  if (context.options.json && after) context.print(jsonText(UserSchema, after));
  else context.print(`user ${after?.userName ?? user} changed`);
}

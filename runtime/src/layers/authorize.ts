import type { Message } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Access, Permission } from "@signalbox/gen/signalbox/options/v1/options_pb.ts";
import { textAt, valueAt } from "../contract/path.ts";
import { accessOf } from "../contract/policy-of.ts";
import { fieldInvalid, notFound, SignalboxError } from "../errors.ts";
import { isUuid } from "../ids.ts";
import { permissionName, readerOf } from "../policy/catalogue.ts";
import type { Decisions } from "../policy/decide.ts";
import type { Granted, Place, Resolved } from "../policy/grant.ts";
import type { Policy } from "../policy/policy.ts";
import type { Resolvers } from "../policy/resolver.ts";
import type { Call } from "../rpc/call.ts";
import type { PrincipalCaller, RunCaller } from "../rpc/caller.ts";
import type { Layer } from "../rpc/handler.ts";
import { each, ending, opening, peek } from "../rpc/streams.ts";

export interface Authorization {
  readonly resolvers: Resolvers;
  readonly decisions: Decisions;
  readonly policy: Policy;
}

/**
 * Enforces the access rule that the contract gives each method, and leaves
 * what it found for the handler. What the caller may not read is NOT_FOUND,
 * just as if it were absent; what it may read but not do is PERMISSION_MISSING.
 */
export function authorize(needs: Authorization): Layer {
  return {
    unary: (next) => async (request, call) => {
      await decide(needs, request, call);
      return next(request, call);
    },
    stream: (next) => (requests, call) =>
      opening(async () => {
        const opened = await peek(requests);
        if (!opened) throw fieldInvalid("", "the stream ended before its first message");
        const { first, all } = opened;
        await decide(needs, first, call);
        const subject = subjectOf(call);
        const stop = needs.policy.onChange(() => {
          decide(needs, first, call).catch((refusal: unknown) => call.abort(refusal));
        });
        return ending(next(subject ? each(all, sameSubject(subject, first)) : all, call), { ended: stop });
      }),
  };
}

// A stream is authorized by its first message, so the others must be about the same thing.
const sameSubject = (path: string, first: Message) => (message: Message) => {
  if (textAt(message, path) !== textAt(first, path)) throw fieldInvalid(path, "must be the same in every message of a stream");
};

function subjectOf({ method }: Call): string | undefined {
  const { rule } = accessOf(method);
  return rule.case === "permission" && rule.value.target.case === "resource" ? rule.value.target.value : undefined;
}

async function decide(needs: Authorization, request: Message, call: Call): Promise<void> {
  const access = accessOf(call.method);
  const { caller } = call;
  if (access.rule.case === "internal") {
    if (call.service === undefined) throw new SignalboxError(Reason.INTERNAL_ONLY, "only services of the mesh may call this");
    return;
  }
  if (caller?.kind === "service" && access.services) return;
  if (caller?.kind === "run" && access.rule.case !== "public") {
    call.granted = await decideForRun(needs, access, caller, request, call);
  } else if (access.rule.case === "permission") {
    if (!caller || caller.kind === "service") throw missing(access.rule.value, "a service on its own account");
    call.granted = await decideForPrincipal(needs, access.rule.value, caller as PrincipalCaller, request, call);
  }
}

/** A run token decides from its claims: its own run, in its own project, where the contract lets run tokens in. */
async function decideForRun(needs: Authorization, access: Access, caller: RunCaller, request: Message, call: Call): Promise<Granted> {
  if (access.runToken === "" || textAt(request, access.runToken).toLowerCase() !== caller.run) {
    throw new SignalboxError(Reason.RUN_TOKEN_REFUSED, "a run token is good for reporting its own run and nothing else", {
      metadata: { run: caller.run },
    });
  }
  const own: Resolved = { id: caller.run, project: caller.project, owner: caller.id };
  const permission = access.rule.case === "permission" ? access.rule.value : undefined;
  switch (permission?.target.case) {
    case "resource":
      return { resource: own };
    case "project": {
      const project = await find(needs, "project", textAt(request, permission.target.value), request, call);
      if (project.id !== caller.project) throw notFound("project", textAt(request, permission.target.value));
      return { resource: project };
    }
    case "scope":
      return { visible: { all: false, projects: [caller.project], owner: caller.id, ownIn: [] } };
    default:
      throw new SignalboxError(Reason.RUN_TOKEN_REFUSED, "a run token is good for reporting its own run and nothing else");
  }
}

async function decideForPrincipal(
  needs: Authorization,
  permission: Permission,
  caller: PrincipalCaller,
  request: Message,
  call: Call,
): Promise<Granted> {
  const { target } = permission;
  switch (target.case) {
    case "resource": {
      const type = permission.named || permission.type;
      return ask(needs, permission, type, referenceAt(request, target.value), caller, request, call);
    }
    case "project":
      return ask(needs, permission, "project", textAt(request, target.value), caller, request, call);
    case "scope":
      return bound(needs, permission, caller, request, call);
    default: {
      if (await needs.decisions.allows(caller.id, nameOf(permission), placeOf(needs, caller, {}))) return {};
      throw missing(permission, "you");
    }
  }
}

async function ask(
  needs: Authorization,
  permission: Permission,
  type: string,
  reference: string,
  caller: PrincipalCaller,
  request: Message,
  call: Call,
): Promise<Granted> {
  const resource = await find(needs, type, reference, request, call);
  const place = placeOf(needs, caller, resource);
  const allowed = needs.decisions.allows(caller.id, nameOf(permission), place);
  if (allowed === true || (await allowed)) return { resource };
  if (await needs.decisions.allows(caller.id, readerOf(type), place)) throw missing(permission, "you");
  throw notFound(type, shown(reference));
}

/** A list: what the caller may see, within the project that the request names, if any. */
async function bound(
  needs: Authorization,
  permission: Permission,
  caller: PrincipalCaller,
  request: Message,
  call: Call,
): Promise<Granted> {
  const visible = await needs.decisions.visible(caller.id, nameOf(permission), caller.workspace ?? "");
  const reference = textAt(request, "project");
  if (reference === "") return { visible };
  const project = await find(needs, "project", reference, request, call);
  const inside = visible.all || visible.projects.includes(project.id) || visible.ownIn === undefined || visible.ownIn.includes(project.id);
  if (!inside) throw notFound("project", reference);
  return { visible, resource: project };
}

async function find(needs: Authorization, type: string, reference: string, request: Message, call: Call): Promise<Resolved> {
  const resolve = needs.resolvers[type];
  if (!resolve) throw new Error(`the service has no resolver for ${type}`);
  const isId = isUuid(reference);
  const project = type === "project" || isId ? undefined : await projectOf(needs, type, request, call);
  const found = await resolve(isId ? reference.toLowerCase() : reference, { project, call });
  if (!found) throw notFound(type, shown(reference));
  return found;
}

/** The project that bounds a name; types that need none have no such field in their requests. */
async function projectOf(needs: Authorization, type: string, request: Message, call: Call): Promise<string | undefined> {
  if (!("project" in request)) return undefined;
  const reference = textAt(request, "project");
  if (reference === "") throw fieldInvalid("project", `is needed to find the ${type.replaceAll("_", " ")} by its name`);
  return (await find(needs, "project", reference, request, call)).id;
}

/** A reference is a text, or a message such as a scope, which its resolver reads as JSON. */
function referenceAt(request: Message, path: string): string {
  const value = valueAt(request, path);
  if (typeof value !== "object" || value === null) return typeof value === "string" ? value : "";
  return JSON.stringify(Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith("$"))));
}

/** A reference as the caller knows it: of a scope, its narrowest id. */
const shown = (reference: string): string =>
  reference.startsWith("{")
    ? (Object.values(JSON.parse(reference) as Record<string, string>).findLast((id) => id !== "") ?? "")
    : reference;

function placeOf({ policy }: Authorization, caller: PrincipalCaller, resource: Partial<Resolved>): Place {
  const workspace = caller.workspace ?? resource.workspace;
  const organization =
    resource.organization ??
    (caller.workspace ? policy.workspace(caller.workspace)?.organization : undefined) ??
    policy.organizationOf(caller.id);
  return { organization, workspace, project: resource.project, owner: resource.owner };
}

// As many as the contract has. A text that is put together for each call is looked up in a set the slow way.
const names = new WeakMap<Permission, string>();

function nameOf(permission: Permission): string {
  let name = names.get(permission);
  if (name === undefined) {
    name = permissionName(permission.type, permission.action);
    names.set(permission, name);
  }
  return name;
}

function missing(permission: Permission, who: string): SignalboxError {
  const name = nameOf(permission);
  return new SignalboxError(Reason.PERMISSION_MISSING, `${who} may not do this: it needs ${name}`, { metadata: { permission: name } });
}

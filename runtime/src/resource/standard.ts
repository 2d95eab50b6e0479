import { create, type DescMessage, type DescService, type Message } from "@bufbuild/protobuf";
import type { FieldMask } from "@bufbuild/protobuf/wkt";
import type { Json } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { Mutate } from "../audit/mutation.ts";
import type { Clock } from "../clock.ts";
import { toTimestamp } from "../events/timestamp.ts";
import { newId, noId, toId, toUuid } from "../ids.ts";
import type { Policy } from "../policy/policy.ts";
import type { Call } from "../rpc/call.ts";
import { etagOf, patchOf } from "../rpc/patch.ts";
import { callerId, workspaceOf } from "../rpc/workspace.ts";
import { contentHash } from "../store/content-hash.ts";
import type { Database } from "../store/database.ts";
import type { ListRequest } from "../store/page.ts";
import type { Changeable } from "./change.ts";
import { createOnce, naming } from "./create-once.ts";
import type { Standard } from "./declared.ts";
import { deleteEach } from "./delete-each.ts";
import { grantedId, grantedScope } from "./granted.ts";
import { jsonOf, jsonText } from "./json.ts";
import { type Lists, listQuery, pageOf } from "./lists.ts";
import { checkName } from "./names.ts";
import type { Parts } from "./parts.ts";
import { type ResourceOf, type StandardHandlers, schemasOf, snakeCase, spellings } from "./standard-methods.ts";
import { type Declared, type Place, type Request, type Row, standardRows } from "./standard-rows.ts";

/** What handlers of a service work with. */
export interface StandardNeeds<Tables> {
  readonly database: Database<Tables>;
  readonly mutate: Mutate<Tables>;
  readonly clock: Clock;
  readonly lists: Lists;
  readonly policy: Pick<Policy, "principalRef" | "facts">;
}

/** A resource that is declared: its handlers, and how what is written by hand beside them answers with one. */
export interface Resource<S extends DescService, N extends string> {
  readonly handlers: StandardHandlers<S, N>;
  /** Fails with NOT_FOUND. */
  readonly read: (place: Place) => Promise<ResourceOf<S, N>>;
}

/** The handlers of a {@link resource}, for those of which nothing is written by hand beside. */
export function standard<
  Tables,
  T extends Changeable<Tables> & string,
  S extends DescService,
  N extends string,
  P extends Parts = Record<never, never>,
  const J extends string = never,
  Found = unknown,
>(needs: StandardNeeds<Tables>, declared: Standard<Tables, T, S, N, P, J, Found>): StandardHandlers<S, N> {
  return resource(needs, declared).handlers;
}

/**
 * What is the same for every resource: those of its methods that the contract has. What differs is
 * declared, and what differs more is written by hand beside them. Creating the same again has one effect; references are
 * ids or names; changes go field by field; etags, page tokens, ownership, scope and audit are kept.
 */
export function resource<
  Tables,
  T extends Changeable<Tables> & string,
  S extends DescService,
  N extends string,
  P extends Parts = Record<never, never>,
  const J extends string = never,
  Found = unknown,
>(needs: StandardNeeds<Tables>, declared: Standard<Tables, T, S, N, P, J, Found>): Resource<S, N> {
  const { database, mutate, clock, lists, policy } = needs;
  const { dialect } = database;
  const { service, documents = [] } = declared;
  const { one, many, Many, type } = spellings(declared.name);
  const loose = declared as unknown as Declared;
  const { within, checkName: nameFault = checkName } = loose;
  const schema = fieldOf(schemasOf(service, `get${declared.name}`).output, one);

  const shown = (row: Row): Message =>
    create(schema, {
      ...loose.message(row),
      ...Object.fromEntries(documents.map((field) => [field, jsonOf((row as Row & Record<J, string>)[field])])),
      id: toUuid(row.id),
      ...(row.projectId && { project: toUuid(row.projectId) }),
      // What nobody owns is the server's.
      ...(!row.ownerId.equals(noId) && { owner: policy.principalRef(row.ownerId) }),
      createTime: toTimestamp(row.createTime),
      updateTime: toTimestamp(row.updateTime),
      etag: etagOf(row.revision),
    });
  const rows = standardRows(needs, type, loose, shown);
  const aboutOf = (row: Row) => {
    const project = loose.projectOf?.(row) ?? row.projectId;
    return { subject: toUuid(row.id), ...(project && { project: toUuid(project) }) };
  };
  const placeOf = (call: Call): Place => ({ workspaceId: workspaceOf(call), id: grantedId(call) });

  const methods: Record<string, (request: Request, call: Call) => Promise<unknown>> = {
    async [`create${declared.name}`](request, call) {
      if (typeof request.name === "string") nameFault(request.name);
      const { input } = schemasOf(service, `create${declared.name}`);
      const workspaceId = workspaceOf(call);
      const projectId = declared.scope.enter && grantedId(call);
      // By the ids of what it names, so that it is a repeat by whichever reference.
      const hashOf = (asked: Request) => contentHash(input, { ...asked, ...(projectId && { project: toUuid(projectId) }) });
      const id = request.id ? toId(request.id as string) : newId();
      const find = () => rows.find({ workspaceId, id });
      let asked = request;
      if (loose.found) {
        // A repeat is answered even if what it names is gone by now.
        const held = request.id ? await find() : undefined;
        if (held?.contentHash.equals(hashOf(request))) return { [one]: shown(held) };
        asked = await loose.found(request, call, projectId ?? noId);
      }
      const now = clock();
      const row: Row = {
        ...loose.row(asked),
        ...textsIn(asked, documents),
        ...Object.fromEntries(Object.entries(loose.parts ?? {}).map(([field, { none }]) => [field, asked[field] ?? none])),
        workspaceId,
        id,
        ownerId: callerId(call),
        contentHash: hashOf(asked),
        ...(projectId && { projectId }),
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const insert = () => mutate(call, aboutOf(row), (trx) => rows.add(trx, row, asked));
      return { [one]: shown(await createOnce<Row>({ dialect, type, row, name: row.name ?? "", find, insert })) };
    },

    async [`get${declared.name}`](_, call) {
      return { [one]: shown(await rows.get(placeOf(call))) };
    },

    async [`batchGet${Many}`]({ ids }, call) {
      return { [many]: (await rows.batch(workspaceOf(call), (ids as string[]).map(toId), grantedScope(call))).map(shown) };
    },

    async [`list${Many}`](request, call) {
      const reference = within ? (request[within.field] as string) : "";
      const query = listQuery(lists, request as unknown as ListRequest, call, ...(within ? [reference] : []));
      const page = await rows.list({ ...query, parentId: await within?.find(query, reference) }, request);
      return { [many]: page.rows.map(shown), ...pageOf(page) };
    },

    async [`update${declared.name}`](request, call) {
      const { input } = schemasOf(service, `update${declared.name}`);
      const changeable = (declared.changes ?? []) as readonly string[];
      const asked = patchOf(input, request as Message & { updateMask?: FieldMask }, changeable as never[]) as Record<string, unknown>;
      const name = asked.name as string | undefined;
      if (name !== undefined) nameFault(name);
      await loose.changing?.(asked, call);
      const texts = textsIn(
        asked,
        documents.filter((field) => field in asked),
      );
      const change = { asked, texts, etag: request.etag as string, by: callerId(call), now: clock() };
      const row = await naming(dialect, type, name, () => mutate(call, aboutOf, (trx) => rows.change(trx, placeOf(call), change)));
      return { [one]: shown(row) };
    },

    async [`delete${declared.name}`](request, call) {
      const place = placeOf(call);
      await mutate(call, { subject: toUuid(place.id) }, (trx) => rows.remove(trx, place, request));
      return {};
    },

    async [`batchDelete${Many}`](request, call) {
      const workspaceId = workspaceOf(call);
      const found = await rows.batch(workspaceId, (request[many] as string[]).map(toId), grantedScope(call));
      return deleteEach({ mutate, call, rows: found, remove: (trx, { id }) => rows.remove(trx, { workspaceId, id }, {}) });
    },
  };
  const own = Object.fromEntries(Object.entries(methods).filter(([method]) => service.method[method]));
  return {
    handlers: own as unknown as StandardHandlers<S, N>,
    read: async (place) => shown(await rows.get(place)) as ResourceOf<S, N>,
  };
}

/** The texts of documents in a request. Fails with FIELD_INVALID where one is not JSON. */
const textsIn = (asked: Readonly<Record<string, unknown>>, documents: readonly string[]) =>
  Object.fromEntries(documents.map((field) => [field, jsonText(asked[field] as Json | undefined, snakeCase(field))]));

/** The schema of what an answer has in a field. */
function fieldOf(answer: DescMessage, localName: string): DescMessage {
  const field = answer.field[localName];
  if (!field?.message) throw new Error(`${answer.typeName} has no message ${localName}`);
  return field.message;
}

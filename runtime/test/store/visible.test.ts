import { expect, test } from "vitest";
import { toId } from "../../src/ids.ts";
import type { Visible } from "../../src/policy/grant.ts";
import { openDatabase } from "../../src/store/database.ts";
import { isVisible, visibleWhere } from "../../src/store/visible.ts";
import { newUuid } from "../../src/testing/world.ts";

test("a row that was read is judged as the database would have", async () => {
  const [a, b, me, other] = [newUuid(), newUuid(), newUuid(), newUuid()];
  const { db, close } = openDatabase<{ thing: { project: Buffer; owner: Buffer } }>("sqlite::memory:");
  await db.schema.createTable("thing").addColumn("project", "blob").addColumn("owner", "blob").execute();
  const rows = [a, b].flatMap((project) => [me, other].map((owner) => ({ project: toId(project), owner: toId(owner) })));
  await db.insertInto("thing").values(rows).execute();
  const scopes: Visible[] = [
    { all: true },
    ...[[], [a], [a, b]].flatMap((projects) => [undefined, [], [b]].map((ownIn): Visible => ({ all: false, projects, owner: me, ownIn }))),
  ];
  for (const visible of scopes) {
    const found = await db
      .selectFrom("thing")
      .selectAll()
      .where(visibleWhere(visible, { project: "project", owner: "owner" }) as never)
      .execute();
    const judged = rows.filter(({ project, owner }) => isVisible(visible, project, owner));
    const texts = (some: typeof rows) => some.map(({ project, owner }) => project.toString("hex") + owner.toString("hex")).sort();
    expect([visible, texts(found)]).toEqual([visible, texts(judged)]);
  }
  await close();
});

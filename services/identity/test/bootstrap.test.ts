import { memoryWakeups } from "@signalbox/runtime/cache/wakeups.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import { dialects, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { newWorld } from "@signalbox/runtime/testing/world.ts";
import { describe, expect, test } from "vitest";
import { adminId, bootstrapAdmin } from "../src/bootstrap.ts";
import { identityUnderTest, reasonOf, testClock } from "./fixtures.ts";

describe.each(dialects)("the first administrator on %s", (dialect) => {
  test("is made once, by two programs at the same time, and then signs in", async () => {
    const fresh = await freshDatabase(dialect);
    const world = newWorld();
    const needs = {
      clock: testClock(),
      wakeups: memoryWakeups(),
      open: async (migrations: Parameters<Needs["open"]>[0]) => {
        const database = openDatabase<never>(fresh.url);
        await migrate(database, "identity", migrations);
        return database as never;
      },
    };
    const admin = { userName: "admin", password: "first password", organization: world.organization };
    const others = { ...admin, userName: "root", password: "other password" };
    // SQLite is for one program: there they come one after the other.
    const made = dialect === "sqlite" ? [await bootstrapAdmin(needs, admin), await bootstrapAdmin(needs, others)] : await both();
    async function both() {
      return Promise.all([bootstrapAdmin(needs, admin), bootstrapAdmin(needs, others)]);
    }
    expect(made.map(({ id }) => id)).toEqual([adminId, adminId]);
    expect(made.map(({ created }) => created).sort()).toEqual([false, true]);
    const winner = made[0]?.created ? admin : others;

    const it = await identityUnderTest(fresh.url, { world });
    await it.auth.signIn({ userName: winner.userName, password: winner.password });
    expect(await it.events("principal.changed")).toHaveLength(1);
    const [row] = await it.database.db.selectFrom("identity_user").selectAll().execute();
    expect(row).toMatchObject({ userName: winner.userName, protected: 1, mustChangePassword: 0 });

    await bootstrapAdmin(needs, { ...winner, password: "not asked to reset" });
    expect(await reasonOf(it.auth.signIn({ userName: winner.userName, password: "not asked to reset" }))).toBe("PASSWORD_WRONG");
    await bootstrapAdmin(needs, { ...winner, password: "set by the operator", resetPassword: true });
    await it.auth.signIn({ userName: winner.userName, password: "set by the operator" });
    expect(await it.events("credential.revoked")).toHaveLength(1);
    await it.close();
    await fresh.drop();
  });
});

import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const credentials: Migration = ({ types }) => ({
  async up(db) {
    await createTable(db, "identity_password", { user_id: types.id, hash: types.name, update_time: types.time }, ["user_id"]);

    await createTable(
      db,
      "identity_sign_in_failure",
      { name_hash: types.hash, failed_count: types.int, locked_until: types.time, update_time: types.time },
      ["name_hash"],
    );
    await createIndexes(db, "identity_sign_in_failure", { age: ["update_time"] });

    await createTable(
      db,
      "identity_api_key",
      {
        id: types.id,
        principal_id: types.id,
        name: types.name,
        description: types.text,
        hint: types.name,
        state: types.enum,
        secret_hash: types.hash,
        previous_hash: types.hash,
        previous_expire_time: types.time,
        expire_time: types.time,
        last_used_time: types.time,
        rotate_time: types.time,
        rotation_id: types.id,
        content_hash: types.hash,
        revision: types.int,
        create_time: types.time,
        update_time: types.time,
      },
      ["id"],
    );
    await createKeys(db, "identity_api_key", { name: ["principal_id", "name"] });
    await createIndexes(db, "identity_api_key", { newest: ["principal_id", "create_time", "id"] });

    await createTable(
      db,
      "identity_session",
      {
        id: types.id,
        user_id: types.id,
        seed: types.hash,
        generation: types.int,
        create_time: types.time,
        refresh_time: types.time,
        expire_time: types.time,
        revoke_time: types.time,
        address: types.name,
      },
      ["id"],
    );
    await createIndexes(db, "identity_session", { user: ["user_id", "revoke_time"], expiry: ["expire_time"] });

    await createTable(
      db,
      "identity_signing_key",
      { slot: types.int, kid: types.name, jwk: types.text, private_key: types.bytes, create_time: types.time, retire_time: types.time },
      ["slot"],
    );
  },
});

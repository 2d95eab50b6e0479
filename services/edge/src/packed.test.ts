import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { packed } from "./packed.ts";

const large = JSON.stringify(Array.from({ length: 2_000 }, (_, n) => ({ name: `step-${n}` })));

test.each(["gzip", "gzip, br", "br, gzip", "br;q=1.0, gzip;q=0.8", "deflate ,gzip; q=0.01,identity"])(
  "%s takes it packed",
  async (accepted) => {
    const bytes = (await packed(accepted, large)) as Uint8Array;
    expect(bytes.length).toBeLessThan(large.length / 4);
    expect(gunzipSync(bytes).toString()).toBe(large);
  },
);

test.each([undefined, "", "br", "gzip;q=0", "gzip;q=0.000, br", "identity", "xgzip"])("%s takes it as it is", async (accepted) => {
  expect(await packed(accepted, large)).toBeUndefined();
});

test("what is small goes as it is", async () => {
  expect(await packed("gzip", "{}")).toBeUndefined();
});

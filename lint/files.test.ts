import { expect, test } from "vitest";
import { drawerIn } from "./files.ts";

test.each([
  ["runtime/src/utils.ts", "utils"],
  ["runtime/src/utils/time.ts", "utils"],
  ["sdk/src/Common.test.ts", "Common"],
  ["runtime/src/database.ts", undefined],
  ["services/runs/src/typesetting.ts", undefined],
])("the drawer in %s is %s", (file, drawer) => {
  expect(drawerIn(file)).toBe(drawer);
});

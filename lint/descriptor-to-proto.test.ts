import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { expect, test } from "vitest";
import { protoText } from "./descriptor-to-proto.ts";

const text = protoText(file_buf_validate_validate);

test.each([
  'syntax = "proto2";\n',
  "package buf.validate;",
  'import "google/protobuf/descriptor.proto";',
  "extend .google.protobuf.FieldOptions {\n  optional .buf.validate.FieldRules field = 1159;",
  "  reserved 2;\n",
  "  extensions 1000 to max;\n",
  "  oneof less_than {\n    float lt = 2 [(buf.validate.predefined) = {\n",
])("the source of protovalidate's rules holds %j", (part) => {
  expect(text.includes(part)).toBe(true);
});

test("an option that is a message is written in the text format", () => {
  expect(text.includes('cel: {\n      id: "float.const"')).toBe(true);
});

import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { enveloped, envelopes } from "./envelope.ts";

test("messages come out as they went in, in whatever pieces the bytes come", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (sent, sizes) => {
      const read = envelopes(40);
      const bytes = Buffer.concat(sent.map(enveloped));
      const came: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const end = at + (sizes.next().value as number);
        came.push(...read(bytes.subarray(at, end)));
        at = end;
      }
      expect(came.map((each) => [...each])).toEqual(sent.map((each) => [...each]));
    }),
  );
});

test("a message that says that it is too large is refused before it comes", () => {
  const read = envelopes(100);
  const begin = enveloped(Buffer.alloc(101)).subarray(0, 5);
  expect(() => read(begin)).toThrow(expect.objectContaining({ code: Code.ResourceExhausted }));
});

test("a message that is compressed is refused", () => {
  expect(() => envelopes(100)(Buffer.from([1, 0, 0, 0, 0]))).toThrow(expect.objectContaining({ code: Code.Internal }));
});

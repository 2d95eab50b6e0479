import { randomInt } from "node:crypto";

const adjectives =
  "agile amber ample azure balmy bold brave breezy bright brisk calm candid cheery civil clever coral cosy crisp daring deft dusky eager early fair fleet fluent fond frank free fresh gentle glad golden grand hardy hazel honest ivory jolly keen kind lively loyal lucid lunar mellow merry mild misty modest neat nimble noble patient placid plucky polite proud quick quiet rapid ready rosy sandy serene sharp silent silver sleek smooth snowy solar sound spry stern sunny swift tidy vivid warm wise witty".split(
    " ",
  );
const nouns =
  "acorn alder aspen badger beaver birch bison brook canyon cedar cliff comet condor coyote crane creek delta dune eagle egret elm falcon fern finch fjord forest fox gale glacier grove gull harbor hare hawk hazel heath heron hill ibis iris island jackal jay kestrel lagoon lake lark lichen lily lion lynx magpie maple marsh marten meadow mesa moose moss newt oak ocean orchid osprey otter owl panda pebble pine plover puffin quail rapids raven reef ridge river robin rowan sable salmon seal shoal sparrow spruce stork stream swan thrush tide tundra valley walrus willow wolf wren".split(
    " ",
  );

const pick = (words: readonly string[]): string => words[randomInt(words.length)] as string;

/** Names to try for a run, the plainest first: "brisk-otter", then with ever longer numbers. */
export function someNames(): string[] {
  const name = `${pick(adjectives)}-${pick(nouns)}`;
  return [name, ...[2, 3, 4, 6, 8].map((digits) => `${name}-${randomInt(10 ** (digits - 1), 10 ** digits)}`)];
}

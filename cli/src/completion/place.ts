import type { Command, Option } from "commander";

/** Something that a word may become. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What may stand at the end of a line that is being typed. */
export interface Place {
  /** What was typed of the word. */
  readonly prefix: string;
  /** What of the word stays as it is: "--project=" where its value is typed. */
  readonly lead: string;
  /** The values of the options on the line, by the names that commands know them by. */
  readonly options: Readonly<Record<string, string>>;
  /** What the parser knows to fit there. */
  readonly candidates: readonly Candidate[];
  /** What fits there otherwise, by the name of the argument or option: "run", "project", "method"; empty for nothing. */
  readonly kind: string;
}

/** Finds the place of the last of these words, which may be empty. The words are those after the program's name. */
export function placeOf(program: Command, words: readonly string[]): Place {
  const line = read(program, words.slice(0, -1));
  const { command, options, operands, ended } = line;
  const last = words.at(-1) ?? "";
  const at = { prefix: last, lead: "", options, candidates: [], kind: "" };
  // bash takes "--project=demo" for three words.
  if (line.open) return { ...at, prefix: last === "=" ? "" : last, ...fitsOption(line.open) };
  if (!ended && last.startsWith("-")) {
    const [flag, value] = parted(last);
    if (value === undefined) return { ...at, candidates: optionsOf(command).flatMap(flagOf) };
    const option = optionsOf(command).find(({ long, short }) => flag === long || flag === short);
    return { ...at, prefix: value, lead: `${flag}=`, ...(option && fitsOption(option)) };
  }
  if (operands === 0 && command.commands.length > 0) {
    const commands = command.createHelp().visibleCommands(command);
    return { ...at, candidates: commands.map((each) => ({ value: each.name(), description: each.description() })) };
  }
  const argument = command.registeredArguments[operands];
  if (!argument) return at;
  return { ...at, candidates: choices(argument.argChoices), kind: argument.argChoices ? "" : argument.name() };
}

interface Line {
  readonly command: Command;
  readonly options: Readonly<Record<string, string>>;
  readonly operands: number;
  /** The option whose value is still to come. */
  readonly open: Option | undefined;
  /** Whether "--" has ended the options. */
  readonly ended: boolean;
}

function read(program: Command, words: readonly string[]): Line {
  const options: Record<string, string> = {};
  let [command, operands, ended] = [program, 0, false];
  let open: Option | undefined;
  for (const word of words) {
    if (open && word === "=") continue;
    if (open) {
      options[open.attributeName()] = word;
      open = undefined;
    } else if (!ended && word === "--") ended = true;
    else if (!ended && word.startsWith("-")) {
      const [flag, value] = parted(word);
      const option = optionsOf(command).find(({ long, short }) => flag === long || flag === short);
      if (option && takesValue(option) && value === undefined) open = option;
      else if (option && value !== undefined) options[option.attributeName()] = value;
    } else {
      const next = operands === 0 ? command.commands.find((each) => each.name() === word || each.aliases().includes(word)) : undefined;
      if (next) command = next;
      else operands += 1;
    }
  }
  return { command, options, operands, open, ended };
}

const takesValue = ({ required, optional }: Option): boolean => required || optional;

/** Those of the command and those that every command takes. */
function optionsOf(command: Command): readonly Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

function parted(word: string): readonly [flag: string, value: string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

const flagOf = ({ long, description }: Option): readonly Candidate[] => (long ? [{ value: long, description }] : []);

const fitsOption = (option: Option): Pick<Place, "candidates" | "kind"> =>
  option.argChoices ? { candidates: choices(option.argChoices), kind: "" } : { candidates: [], kind: option.attributeName() };

const choices = (values: readonly string[] = []): readonly Candidate[] => values.map((value) => ({ value, description: "" }));

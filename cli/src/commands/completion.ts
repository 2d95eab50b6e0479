import { Argument, type Command } from "commander";
import { knownValues } from "../completion/known-values.ts";
import { placeOf } from "../completion/place.ts";
import { scripts } from "../completion/scripts.ts";
import { printable } from "../output/width.ts";
import type { Terminal } from "../terminal.ts";
import { examples } from "./list-options.ts";

/** `completion`, and what the scripts that it prints call. Neither needs a session, so neither fails where the profiles are broken. */
export function addCompletion(program: Command, { stdout, env }: Terminal): void {
  program
    .command("completion")
    .description("print what makes a shell complete commands, options and names")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(scripts)))
    .addHelpText(
      "after",
      `\nIn ~/.bashrc:                  eval "$(signalbox completion bash)"
In ~/.zshrc, after compinit:   source <(signalbox completion zsh)
In ~/.config/fish/config.fish: signalbox completion fish | source
${examples("completion bash")}`,
    )
    .action((shell: keyof typeof scripts) => void stdout.write(scripts[shell]));
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .action(async (words: readonly string[]) => {
      const place = placeOf(program, words);
      const candidates = [...place.candidates, ...(place.kind ? await knownValues(place, env) : [])];
      for (const { value, description } of candidates)
        if (value.startsWith(place.prefix) && !/\p{Cc}/u.test(value)) stdout.write(`${place.lead}${value}\t${printable(description)}\n`);
    });
}

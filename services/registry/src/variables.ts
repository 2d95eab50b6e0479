/** Variables and secrets of components and stacks, as their columns have them. */
interface Variables {
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly secrets?: readonly string[] | undefined;
}

/** What the columns have where there are none. */
export const noVariables = { environment: "{}", secrets: "" };

/** The columns of those that are there. In order of name, so that the same variables are the same text. */
export const variableColumns = ({ environment, secrets }: Variables) => ({
  ...(environment && { environment: JSON.stringify(Object.fromEntries(Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1)))) }),
  ...(secrets && { secrets: secrets.map((id) => id.toLowerCase()).join() }),
});

export const variablesOf = ({ environment, secrets }: { readonly environment: string; readonly secrets: string }) => ({
  environment: JSON.parse(environment) as Record<string, string>,
  secrets: secrets === "" ? [] : secrets.split(","),
});

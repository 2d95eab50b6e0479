import type { Context } from "../context.ts";
import { findComponent } from "./find-component.ts";

/** What `log` is asked. */
export interface Facts {
  readonly set: string[];
  readonly component?: string;
}

/** The id of the component that facts are about; empty for none. Fails with NOT_FOUND. */
export const aboutOf = async (context: Context, component: string | undefined): Promise<string> =>
  component === undefined ? "" : (await findComponent(context, component)).id;

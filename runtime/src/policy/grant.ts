/** Where a resource lives, as far as a decision needs it. Ids, never names. */
export interface Place {
  readonly organization?: string | undefined;
  readonly workspace?: string | undefined;
  readonly project?: string | undefined;
  /** The principal that owns the resource. */
  readonly owner?: string | undefined;
}

/** A resource that a request named, found. */
export interface Resolved extends Place {
  readonly id: string;
}

/** What a caller may see of a type: everything in the plane, or some projects and its own things. */
export type Visible =
  | { readonly all: true }
  | {
      readonly all: false;
      /** Everything in these projects. */
      readonly projects: readonly string[];
      /** And what this principal owns ... */
      readonly owner: string;
      /** ... in these projects; undefined stands for anywhere in the workspace. */
      readonly ownIn: readonly string[] | undefined;
    };

/** What authorize leaves for the handler. */
export interface Granted {
  /** The resource or project that the request named; undefined for lists and plane-wide calls. */
  readonly resource?: Resolved | undefined;
  /** The bound of a list. */
  readonly visible?: Visible | undefined;
}

/** Whoever a verified token stands for. */
export type Caller = PrincipalCaller | RunCaller | ServiceCaller;

/** A user or service account, by its access token. */
export interface PrincipalCaller {
  readonly kind: "user" | "service_account";
  /** The principal's id. */
  readonly id: string;
  /** The workspace that the token is bound to; undefined for a control-plane token. */
  readonly workspace: string | undefined;
  /** The session or key that the token was got with: what is revoked when it is revoked. */
  readonly credential: string;
  /** Whether another password has to be chosen before anything else. */
  readonly mustChangePassword: boolean;
  /** When the token was issued and when it expires, in seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The token itself, to travel along to other services. */
  readonly token: string;
}

/** An orchestrator or a step, by the token of its run. */
export interface RunCaller {
  readonly kind: "run";
  /** The principal that the run belongs to. */
  readonly id: string;
  readonly workspace: string;
  readonly run: string;
  readonly project: string;
  /** The generation of the run that the token was issued for. */
  readonly generation: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly token: string;
}

/** Another service of the mesh, on its own account: no person's token came along. */
export interface ServiceCaller {
  readonly kind: "service";
  /** The service's name: "runs". */
  readonly id: string;
  readonly workspace: undefined;
}

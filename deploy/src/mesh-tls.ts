import { createSecureContext, type SecureContext } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";

export interface MeshTls {
  /** PEM texts: the authority that every program of the mesh trusts, and this program's own key and certificate. */
  readonly meshTlsCa?: string | undefined;
  readonly meshTlsKey?: string | undefined;
  readonly meshTlsCert?: string | undefined;
}

/** How programs of a mesh speak to each other: by mutual TLS where it is configured, so that only they can; else in clear text. */
export function meshCredentials({ meshTlsCa, meshTlsKey, meshTlsCert }: MeshTls): {
  readonly server: ServerCredentials;
  /** Undefined for clear text. */
  readonly client: SecureContext | undefined;
} {
  if (meshTlsCa === undefined && meshTlsKey === undefined && meshTlsCert === undefined) {
    return { server: ServerCredentials.createInsecure(), client: undefined };
  }
  if (meshTlsCa === undefined || meshTlsKey === undefined || meshTlsCert === undefined) {
    throw new Error("SIGNALBOX_MESH_TLS_CA, SIGNALBOX_MESH_TLS_KEY and SIGNALBOX_MESH_TLS_CERT go together: set all three or none");
  }
  const [ca, key, cert] = [meshTlsCa, meshTlsKey, meshTlsCert].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  return {
    server: ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], true),
    client: createSecureContext({ ca, key, cert }),
  };
}

import { databaseAway } from "@signalbox/runtime/store/guard.ts";

/** Why a program did not start, as one sentence that says what to do. */
export function explainStart(error: unknown): string {
  const { code, path, port, address, message, cause } = error as NodeJS.ErrnoException & {
    readonly port?: number;
    readonly address?: string;
  };
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} is taken: stop what listens there, or choose another with SIGNALBOX_PORT.`;
    case "EADDRNOTAVAIL":
      return `This machine has no address ${address}: correct SIGNALBOX_HOST.`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      if (port !== undefined) return `Port ${port} may not be used by this user: choose one above 1023 with SIGNALBOX_PORT.`;
      return `${path ?? "The data folder"} cannot be written: make it writable, or choose another folder with SIGNALBOX_DATA.`;
    case "ENOTDIR":
    case "EEXIST":
      return `${path ?? "The data folder"} cannot be a folder, because a file is in the way: choose another with SIGNALBOX_DATA.`;
    case "ENOSPC":
      return `The disk of ${path ?? "the data folder"} is full: make room, or choose another folder with SIGNALBOX_DATA.`;
    // A wrong user or password, or no such database: as PostgreSQL, and as MySQL and MariaDB call it.
    case "28P01":
    case "28000":
    case "3D000":
    case "ER_ACCESS_DENIED_ERROR":
    case "ER_DBACCESS_DENIED_ERROR":
    case "ER_BAD_DB_ERROR":
      return `The database does not let this program in (${message}): correct SIGNALBOX_DATABASE_URL.`;
    default:
      if (code?.startsWith("ERR_OSSL_"))
        return `A key or certificate for TLS cannot be used (${message}): correct SIGNALBOX_TLS_KEY and SIGNALBOX_TLS_CERT, or in a mesh SIGNALBOX_MESH_TLS_CA, _KEY and _CERT.`;
      if (message === databaseAway) return `${message} (${reasonOf(cause)}): correct SIGNALBOX_DATABASE_URL, or start the database.`;
      return error instanceof Error ? message : String(error);
  }
}

// Where a name has several addresses, what failed at each of them is told by its code alone.
const reasonOf = (cause: unknown): string => {
  const { message = "", code = "" } = (cause ?? {}) as NodeJS.ErrnoException;
  return message || code;
};

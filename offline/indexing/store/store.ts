/**
 * A place for published indexes: files under paths, of which one can be replaced on condition. The layout is index/format/pointer.ts.
 *
 * Two kinds of place: a folder (folder-store.ts), which the Worker serves as its static assets, and an R2 bucket (r2-store.ts).
 * What is written, and in which order, so that half of it is never seen, is in publish.ts.
 */

export interface Stored {
  bytes: Uint8Array<ArrayBuffer>;
  /** Distinguishes this content from any other that the path may have later. */
  tag: string;
}

export interface Listed {
  path: string;
  bytes: number;
  /** When it was last written, in milliseconds since 1970. */
  writtenAt: number;
  /** Where the store tells content apart by something that it lists. */
  tag?: string;
}

export interface BundleStore {
  /** For people: the folder's path, or the bucket. */
  name: string;
  /** Undefined where there is nothing. */
  read(path: string): Promise<Stored | undefined>;
  /** Undefined where there is nothing. */
  find(path: string): Promise<Listed | undefined>;
  /** All files directly below `folder`, in the order of their paths. */
  list(folder: string): Promise<Listed[]>;
  /** Whether this is there, byte for byte. @param found what `find` or `list` said of it, where it was asked */
  holds(path: string, bytes: Uint8Array, found?: Listed): Promise<boolean>;
  /** Whole or not at all. */
  write(path: string, bytes: Uint8Array | string): Promise<void>;
  /**
   * Write if the path still has what was read from it: compare and swap, one winner among any number.
   * @param tag of what was read; undefined where there was nothing
   * @returns false when it has something else by now, and nothing was written
   */
  replace(path: string, bytes: Uint8Array | string, tag: string | undefined): Promise<boolean>;
  /** Give a file today's date, so that it is not tidied away before it is named. @returns false where there is nothing */
  freshen(path: string): Promise<boolean>;
  /** Finish, or remove, what writers that were killed have left half done. */
  sweep(): Promise<void>;
  /**
   * Nothing happens where there is nothing.
   * @param writtenBefore only if its date is before this, in milliseconds since 1970
   */
  remove(path: string, writtenBefore?: number): Promise<void>;
  close(): Promise<void>;
}

export const textOf = ({ bytes }: Stored): string => new TextDecoder().decode(bytes);

/** Another one was faster. Nothing that is answered from has been changed by the one that reports it. */
export class OvertakenError extends Error {
  override name = 'OvertakenError';
}

/** The same place, as if these files were in it too. To be read only. */
export function withFiles(store: BundleStore, files: ReadonlyMap<string, Uint8Array | string>): BundleStore {
  const bytesOf = (path: string): Uint8Array<ArrayBuffer> | undefined => {
    const content = files.get(path);
    if (content === undefined) return undefined;
    return typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content);
  };
  return {
    ...store,
    async read(path) {
      const bytes = bytesOf(path);
      return bytes ? { bytes, tag: '' } : store.read(path);
    },
    async find(path) {
      const bytes = bytesOf(path);
      return bytes ? { path, bytes: bytes.length, writtenAt: 0 } : store.find(path);
    },
  };
}

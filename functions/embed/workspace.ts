/**
 * Where a decoder's WebAssembly runs, when it is not alone there.
 *
 * A workspace may be shared: starting an instance in it ends the others. So an instance is used again only as long as its
 * tenancy holds, and is started anew otherwise. A decoder that has a workspace to itself needs none of this.
 */
export interface Workspace {
  /** Takes it over, empty. @returns a function that says whether it is still ours */
  take(): () => boolean;
  /** Bytes that an instance may grow to before it is dropped; undefined where the workspace bounds it. */
  mostKept?: number;
}

/** Each instance has a memory of its own. */
export function ownWorkspace(mostKept: number): Workspace {
  return { take: () => () => true, mostKept };
}

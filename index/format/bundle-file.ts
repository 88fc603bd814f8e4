/** One file of the bundle. `path` is relative to the place the bundle lies in and carries the first characters of the hash. */
export interface BundleFile {
  path: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
}

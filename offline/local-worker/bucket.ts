/** An R2 binding, as a program outside the Worker has it. */

export interface BucketEntry {
  key: string;
  size: number;
  etag: string;
  uploaded: Date;
}

/** What is used of a binding: https://developers.cloudflare.com/r2/api/workers/workers-api-reference/ */
export interface Bucket {
  get(key: string): Promise<(BucketEntry & { arrayBuffer(): Promise<ArrayBuffer> }) | null>;
  head(key: string): Promise<BucketEntry | null>;
  /** Null when the condition does not hold. */
  put(
    key: string,
    value: Uint8Array | string,
    options?: { onlyIf?: { etagMatches: string } | { etagDoesNotMatch: string } },
  ): Promise<BucketEntry | null>;
  list(options: {
    prefix: string;
    cursor?: string;
  }): Promise<{ objects: BucketEntry[]; truncated: boolean; cursor?: string }>;
  delete(key: string): Promise<void>;
}

/** What the page and the thread that writes videos tell each other. */
export interface VideoRequest {
  file: Blob;
  clipMs: number;
  container: 'mp4' | 'webm';
  /** For the file's own comment. */
  credit: string;
  /** Each channel alike long. */
  sound: { channels: Float32Array[]; rate: number };
}

export type VideoAnswer =
  | { kind: 'share'; share: number }
  /** @field isCopied the picture is as it was */
  | { kind: 'written'; blob: Blob; isCopied: boolean; audioCodec: 'aac' | 'opus' }
  /** This browser encodes no sound or picture that the container takes. */
  | { kind: 'cannot' }
  | { kind: 'failed'; message: string };

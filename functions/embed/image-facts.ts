/** What a picture's header tells before anything is decoded: read by image-header.ts and webp-header.ts. */

/** How the pixels are coded, as far as it says what decoding takes. */
export type Coding =
  /** `isWhole`: in several scans, so that all coefficients are held; `visits`: blocks that the scans go over, all together. */
  | { kind: 'jpeg'; isWhole: boolean; blocks: number; visits: number }
  /** `rawBytes`: of all rows before they are pixels. */
  | { kind: 'png'; rawBytes: number }
  | { kind: 'webp-lossy'; hasAlpha: boolean }
  | { kind: 'webp-lossless' };

export interface ImageHeader {
  format: 'jpeg' | 'png' | 'webp';
  /** As stored, before any rotation. */
  width: number;
  height: number;
  coding: Coding;
}

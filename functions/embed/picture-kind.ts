/**
 * The name of a kind of file that is no JPEG, PNG or WebP, by its first bytes, for the message of a refusal.
 *
 * Sources: ISO/IEC 23008-12 and AV1's AVIF specification §8 (brands of an ftyp box), ISO/IEC 18181-2 (JPEG XL), ISO/IEC 15444-1 annex I
 * (JPEG 2000), TIFF 6.0 §2, and the magic numbers that each format's own description gives.
 */
import { hexOf } from '../../index/hex.ts';

interface Kind {
  name: string;
  /** Of the first bytes as hex digits, or as Latin-1. */
  hex?: RegExp;
  text?: RegExp;
}

const KINDS: readonly Kind[] = [
  { name: 'HEIC', text: /^.{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1.{4,20}(heic|heix))/s },
  { name: 'AVIF', text: /^.{4}ftyp(avif|avis|mif1.{4,20}avif)/s },
  { name: 'JPEG XL', hex: /^(ff0a|0000000c4a584c20)/ },
  { name: 'JPEG 2000', hex: /^(ff4fff51|0000000c6a502020)/ },
  { name: 'BMP', hex: /^424d.{8}00000000/ },
  { name: 'GIF', text: /^GIF8[79]a/ },
  { name: 'TIFF', hex: /^(49492a00|4d4d002a)/ },
  { name: 'PSD', text: /^8BPS/ },
  { name: 'PPM', text: /^P[1-7]\s/ },
  { name: 'SVG', text: /^\s*(<\?xml.*)?<svg/s },
  { name: 'PDF', text: /^%PDF/ },
  { name: 'an MP4 or MOV video', text: /^.{4}(ftyp|moov|mdat)/s },
  { name: 'a WebM or Matroska video', hex: /^1a45dfa3/ },
  { name: 'a web page', text: /^\s*<(!doctype html|html)/i },
];

const LOOKED_AT = 256;

/** @returns such as "AVIF"; undefined for what is not known */
export function pictureKind(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, LOOKED_AT);
  const asText = String.fromCharCode(...head);
  const asHex = hexOf(head);
  return KINDS.find(({ hex, text }) => hex?.test(asHex) || text?.test(asText))?.name;
}

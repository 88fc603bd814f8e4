/**
 * Which of ffmpeg's filters bring a video's colours to sRGB, and what is transparent to black.
 *
 * Most video is Y'CbCr by BT.709. Where a file does not say it, ffmpeg takes BT.601, and reds and greens would be off by a tenth.
 * HDR is left to hdr.ts.
 */
import { hdrFilters, hdrTransfer } from './hdr.ts';

export interface ColourFilters {
  /** Before anything is scaled: a border between picture and nothing has only the picture's colour then. */
  before: string[];
  /** For the `scale` between them. */
  scaleOptions: string;
  after: string[];
}

/** @param description of the video stream, as in ffmpeg's log */
export function colourFilters(description: string): ColourFilters {
  const hdr = hdrTransfer(description);
  if (hdr) return { before: [], scaleOptions: '', after: [hdrFilters(hdr)] };
  const matrix = `in_color_matrix=${statedMatrix(description) ?? unsaidMatrix(description)}`;
  const exact = 'flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp';
  if (hasAlpha(description))
    // Multiplied by its alpha a picture is what it shows on black, as of PNG and WebP (index/image/image.ts).
    return {
      before: [`scale=${matrix}:${exact}`, 'format=gbrap', 'premultiply=inplace=1', 'format=gbrp'],
      scaleOptions: `:${exact}`,
      after: [],
    };
  return { before: [], scaleOptions: `:${matrix}:${exact}`, after: ['format=gbrp'] };
}

/** ffmpeg's pixel formats with alpha, and with a palette, whose colours may have some. */
function hasAlpha(description: string): boolean {
  return /[ ,](yuva\w+|gbrap\w*|rgba\w*|bgra\w*|argb|abgr|ayuv\w*|vuya|ya8|ya16\w*|pal8)\b/.test(
    description.replace(/^.*: Video: /, ''),
  );
}

/** What browsers take a video for that does not say it: BT.709, but BT.601 for VP8, which has no other (RFC 6386, §9.2). */
function unsaidMatrix(description: string): string {
  return description.includes('Video: vp8') ? 'bt601' : 'bt709';
}

/**
 * "auto" where the frames say their matrix: the first word of "bt709" or of "smpte170m/bt709/bt709" (matrix, primaries,
 * transfer) in what follows the pixel format, as in "yuv420p(tv, bt709, progressive)".
 */
function statedMatrix(description: string): 'auto' | undefined {
  const words = /, \w+\(([^)]*)\)/.exec(description.replace(/^.*: Video: [^,]*/, ''))?.[1].split(', ') ?? [];
  const [matrix] = words.find((word) => /^(bt|smpte|fcc|ycgco|gbr|unknown)/.test(word))?.split('/') ?? [];
  return matrix === undefined || matrix === 'unknown' ? undefined : 'auto';
}

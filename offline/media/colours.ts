/**
 * Which of ffmpeg's filters bring a video's colours to the ones of a JPEG file.
 *
 * A JPEG's Y'CbCr is BT.601 of full range (JFIF 1.02), most video is BT.709 of limited range. ffmpeg changes the range
 * unasked, but not the matrix: reds and greens would be off by a tenth. HDR is left to hdr.ts.
 */
import { hdrFilters, hdrTransfer } from './hdr.ts';

/** @param description of the video stream, as in ffmpeg's log @returns filters, and the options for a `scale` before them */
export function colourFilters(description: string): { filters: string[]; scaleOptions: string } {
  const hdr = hdrTransfer(description);
  if (hdr) return { filters: [hdrFilters(hdr)], scaleOptions: '' };
  return {
    filters: ['format=yuvj420p'],
    scaleOptions: `:in_color_matrix=${statedMatrix(description) ?? unsaidMatrix(description)}:out_color_matrix=bt601:out_range=pc:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp`,
  };
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

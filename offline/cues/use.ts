/** A moment that an editor used, whatever log it comes from: annotations (uses.ts) or feedback (feedback-uses.ts). */

/** One moment of one track under one clip. */
export interface Use {
  clipId: string;
  /** The track's name in the log. */
  trackId: string;
  /** Where the log has the audio file, if it says (music_path). */
  trackPath?: string;
  startMs: number;
  endMs: number;
  clipMs: number;
  /** Where the log says. */
  trackMs?: number;
}

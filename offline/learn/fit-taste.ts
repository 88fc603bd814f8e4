/** Posts that name an author, as fitTaste asks for them: each with the tracks that its author used in other posts, the latest first. */
import type { Annotation } from '../data/annotations.ts';
import { clipOfId } from '../data/clip-part.ts';
import { type AuthoredPost, fitTaste, type TasteFit } from '../evaluate/taste.ts';
import type { PostsAnswers } from './ask.ts';

export interface TasteOptions {
  answers: PostsAnswers;
  /** Every row of every post, for what authors used. */
  rows: readonly Annotation[];
  /** By id of the clip. */
  authorOf: (clip: string) => string | undefined;
  /** Texts that sort as time does; posts without one are taken for older than those with one. */
  dateOf: (clip: string) => string | undefined;
  /** In the order of the answers' candidates. */
  tracks: readonly string[];
  seed: string;
}

/** @returns undefined where no post that was asked about names an author */
export function tasteOf({ answers, rows, authorOf, dateOf, tracks, seed }: TasteOptions): TasteFit | undefined {
  const place = new Map(tracks.map((id, i) => [id, i]));
  const byAuthor = Map.groupBy(
    rows.filter(({ videoId }) => authorOf(clipOfId(videoId)) !== undefined),
    ({ videoId }) => authorOf(clipOfId(videoId))!,
  );
  const posts = answers.pieces.flatMap(({ videoId, musicId }, i): AuthoredPost[] => {
    const clip = clipOfId(videoId);
    const author = authorOf(clip);
    if (author === undefined) return [];
    const date = dateOf(clip);
    const others = byAuthor
      .get(author)!
      .filter((row) => clipOfId(row.videoId) !== clip && row.musicId !== musicId)
      .map((row) => ({ musicId: row.musicId, date: dateOf(clipOfId(row.videoId)) ?? '' }))
      .filter((other) => date === undefined || other.date < date)
      .sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0));
    const used = [...new Set(others.map((other) => other.musicId))];
    return [
      {
        author,
        relevance: answers.relevance[i],
        right: place.get(musicId)!,
        known: used.map((id) => answers.vectors[place.get(id)!]),
      },
    ];
  });
  return posts.length ? fitTaste(posts, answers.vectors, seed) : undefined;
}

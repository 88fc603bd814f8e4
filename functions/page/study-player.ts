/** The clip, muted, with one of two pieces of music: started together, stopped together, held together meanwhile. */
import type { StudyItem, StudyMusic } from '../../index/format/study.ts';

export type Side = 'a' | 'b';

export interface StudyPlayer {
  show(item: StudyItem): void;
  /** From the start. @throws Error when the browser cannot play it */
  play(side: Side): Promise<void>;
  stop(): void;
  playing(): Side | undefined;
}

/** What is noticed between music and pictures: ITU-R BT.1359 has it at 45 to 125 ms. */
const DRIFT_SEC = 0.08;

/** @param onChange called when something starts or stops playing */
export function openStudyPlayer(
  video: HTMLVideoElement,
  audio: Readonly<Record<Side, HTMLAudioElement>>,
  onChange: () => void,
): StudyPlayer {
  let item: StudyItem | undefined;
  let side: Side | undefined;

  function stop(): void {
    video.pause();
    audio.a.pause();
    audio.b.pause();
    if (side === undefined) return;
    side = undefined;
    onChange();
  }

  async function play(next: Side): Promise<void> {
    if (!item) return;
    stop();
    const [music, { startMs, volume }] = [audio[next], item[next]];
    side = next;
    onChange();
    video.currentTime = 0;
    music.currentTime = startMs / 1000;
    music.volume = volume;
    try {
      // Both in one go: browsers let a press of a button start several players, but not later on.
      await Promise.all([video.play(), music.play()]);
    } catch (cause) {
      if ((cause as Error).name === 'AbortError') return; // stopped before it began
      stop();
      throw new Error('This browser could not play the clip. Load the page again, or use another browser.', { cause });
    }
  }

  function follow(): void {
    if (!item || side === undefined) return;
    const { startMs, endMs }: StudyMusic = item[side];
    const music = audio[side];
    // Whichever is over first: music over a still picture, or silence under the rest, is not what a system answered.
    if (music.ended || video.ended || music.currentTime * 1000 >= endMs) {
      stop();
      return;
    }
    const drift = video.currentTime - (music.currentTime - startMs / 1000);
    // The ear notices a jump that the eye does not.
    if (Math.abs(drift) > DRIFT_SEC && !video.seeking && !music.seeking) video.currentTime -= drift;
  }
  for (const player of [video, audio.a, audio.b])
    for (const event of ['timeupdate', 'ended']) player.addEventListener(event, follow);

  return {
    show(next) {
      stop();
      item = next;
      video.src = next.clip;
      audio.a.src = next.a.src;
      audio.b.src = next.b.src;
    },
    play,
    stop,
    playing: () => side,
  };
}

/** The way into an editor: the clip with its music, and what editing programs, credits and collecting societies are told. */
import { useState } from 'preact/hooks';
import type { Edit } from '../../../index/edit/edit.ts';
import type { Moment, OneTrack } from '../api/types.ts';
import type { Levels, Music } from '../player/music-plan.ts';
import type { Clip } from '../use-clip.ts';
import type { EditFile } from './export.ts';
import { save } from './save.ts';

export interface HandOverProps {
  clip: Clip;
  moment: Moment;
  whole?: OneTrack;
  /** Undefined where the library has no sound of it. */
  music?: Music;
  levels: () => Levels;
  onFailed: (reason: unknown) => void;
}

type Kind = 'mp4' | 'webm' | 'music' | EditFile;

const KINDS: readonly { kind: Kind; text: string; title: string }[] = [
  { kind: 'mp4', text: 'MP4', title: 'The clip with this music' },
  { kind: 'webm', text: 'WebM', title: 'The clip with this music' },
  { kind: 'fcpxml', text: 'FCPXML', title: 'For Final Cut Pro and DaVinci Resolve, with beat markers' },
  { kind: 'otio', text: 'OTIO', title: 'OpenTimelineIO, with beat markers' },
  { kind: 'edl', text: 'EDL', title: 'CMX 3600, for any editing program' },
  { kind: 'credits', text: 'Credits', title: 'Who made the music, and its licence' },
  { kind: 'cues', text: 'Cue sheet', title: 'A table for collecting societies' },
  { kind: 'music', text: 'Music file', title: 'The sound, named as the edit lists name it' },
];

export function HandOver({ clip, moment, whole, music, levels, onFailed }: HandOverProps) {
  const [work, setWork] = useState<{ kind: Kind; share?: number; stop: () => void }>();
  const [said, setSaid] = useState('');
  const clipMs = clip.read?.durationMs ?? 0;

  async function take(kind: Kind): Promise<void> {
    const mine = new AbortController();
    const stop = (): void => mine.abort(new Error('cancelled'));
    setWork({ kind, stop });
    setSaid('');
    try {
      setSaid(await write(kind, mine.signal, (share) => setWork({ kind, share, stop })));
    } catch (reason) {
      if (!mine.signal.aborted) onFailed(reason);
    }
    setWork(undefined);
  }

  async function write(kind: Kind, signal: AbortSignal, onShare: (share: number) => void): Promise<string> {
    const { readClipFacts, withoutEnding, writeEditFile, writeVideo } = await import('./export.ts');
    const track = whole ?? moment.track;
    const credit = `Music: "${track.title}"${track.artist ? ` by ${track.artist}` : ''}${track.licence ? `, ${track.licence}` : ''}`;
    if ((kind === 'mp4' || kind === 'webm') && music) {
      const order = { file: clip.file, clipMs, music, levels: levels(), credit, signal, onShare };
      const { blob, isCopied, audioCodec } = await writeVideo({ ...order, container: kind });
      const name = save(blob, `${withoutEnding(clip.file.name)} with ${track.title}.${kind}`);
      const picture = isCopied ? 'its picture copied as it is' : 'its picture encoded anew';
      return `${name}: ${megabytes(blob.size)}, ${picture}, its sound ${audioCodec === 'aac' ? 'AAC' : 'Opus'}.`;
    }
    const sound = music && (await musicFile(music.url, track.title, kind === 'music', signal));
    if (kind === 'music' && sound?.blob) return `${save(sound.blob, sound.name)}: ${megabytes(sound.blob.size)}.`;
    const edit: Edit = {
      clip: await readClipFacts(clip.file, clipMs),
      moment,
      track: { ...track, src: sound?.name ?? `${inFileName(track.title)}.wav` },
    };
    const file = writeEditFile(kind as EditFile, edit);
    const name = save(file, file.name);
    return ['credits', 'cues'].includes(kind)
      ? `${name}.`
      : `${name}: put it beside ${clip.file.name} and ${edit.track.src}.`;
  }

  return (
    <div class="hand-over">
      <fieldset>
        <legend>Take it along</legend>
        {KINDS.map(({ kind, text, title }) => (
          <button
            key={kind}
            type="button"
            title={title}
            disabled={work !== undefined || (music === undefined && ['mp4', 'webm', 'music'].includes(kind))}
            onClick={() => void take(kind)}
          >
            {text}
          </button>
        ))}
      </fieldset>
      {work && (
        <div class="writing">
          <progress max="1" value={work.share} aria-label="Writing the file" />
          <button type="button" onClick={work.stop}>
            Cancel
          </button>
        </div>
      )}
      <p class="note" role="status">
        {said}
      </p>
    </div>
  );
}

const ENDINGS: Readonly<Record<string, string>> = {
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/flac': 'flac',
  'audio/wav': 'wav',
};

async function musicFile(
  url: string,
  title: string,
  isWanted: boolean,
  signal: AbortSignal,
): Promise<{ name: string; blob?: Blob }> {
  const response = await fetch(url, { method: isWanted ? 'GET' : 'HEAD', signal });
  if (!response.ok) throw new Error('The music could not be loaded. Load the page again: the index may have changed.');
  const type = response.headers.get('content-type')?.split(';')[0].trim() ?? '';
  const name = `${inFileName(title)}.${ENDINGS[type] ?? 'wav'}`;
  return isWanted ? { name, blob: await response.blob() } : { name };
}

const inFileName = (text: string): string => text.replace(/[\\/:*?"<>|\p{Cc}]+/gu, '_').trim() || 'music';
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

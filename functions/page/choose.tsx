/** The ways a clip comes in: chosen, dropped anywhere, recorded, or the demo's own. */
import { useEffect, useState } from 'preact/hooks';
import { metaOf } from './meta.ts';
import { Record } from './player/record.tsx';

export interface ChooseProps {
  /** There is none yet. */
  isFirst: boolean;
  onClip: (file: File) => void;
  onFailed: (reason: unknown) => void;
}

export function Choose({ isFirst, onClip, onFailed }: ChooseProps) {
  const [isOver, setOver] = useState(false);
  const [isRecording, setRecording] = useState(false);
  const sample = metaOf('sample');
  useEffect(() => {
    // A file that misses the field would replace the page: the whole of it takes drops.
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (): void => setOver(false);
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) onClip(file);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, [onClip]);

  async function trySample(): Promise<void> {
    const response = await fetch('/sample/clip');
    if (!response.ok) throw new Error('The sample could not be loaded. Load the page again, or choose a video.');
    const blob = await response.blob();
    onClip(new File([blob], sample, { type: blob.type }));
  }

  if (isRecording)
    return (
      <Record
        onClose={() => setRecording(false)}
        onClip={(file) => {
          setRecording(false);
          onClip(file);
        }}
      />
    );
  return (
    <div id="drop" class={`drop ${isFirst ? 'large' : ''} ${isOver ? 'over' : ''}`}>
      <div class="choices">
        <label class="button main" for="clip">
          {isFirst ? 'Choose a video' : 'Another video'}
          <input
            id="clip"
            type="file"
            accept="video/*,.mkv,.mov,.mp4,.ts,.webm"
            aria-label="Video file"
            aria-describedby="privacy"
            onClick={(event) => {
              event.currentTarget.value = ''; // so that the same file can be chosen again
            }}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) onClip(file);
            }}
          />
        </label>
        {'MediaRecorder' in globalThis && navigator.mediaDevices && (
          <button type="button" onClick={() => setRecording(true)}>
            {isFirst ? 'Record one' : 'Record'}
          </button>
        )}
        {sample && (
          <button type="button" onClick={() => trySample().catch(onFailed)}>
            {isFirst ? 'Try the sample' : 'The sample'}
          </button>
        )}
      </div>
      <p id="privacy" class="note" hidden={!isFirst}>
        Your video stays on this device. Only numbers about its colours and motion are sent or, if this library asks for
        them, small pictures of it, one for each second.
      </p>
    </div>
  );
}

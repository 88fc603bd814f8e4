/** A clip from the device's camera, for who has none at hand. What is recorded stays in the page. */
import { useEffect, useRef, useState } from 'preact/hooks';

/** A clip is short; who forgets to stop is stopped. */
const MOST_MS = 60_000;

export function Record({ onClip, onClose }: { onClip: (file: File) => void; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [stream, setStream] = useState<MediaStream>();
  const [recorder, setRecorder] = useState<MediaRecorder>();
  const [wrong, setWrong] = useState('');
  const isWanted = useRef(true);
  useEffect(() => {
    let opened: MediaStream | undefined;
    let isHere = true;
    open().then(
      (found) => {
        opened = found;
        if (!isHere) return stop(found);
        setStream(found);
        video.current!.srcObject = found;
      },
      () => setWrong('The camera could not be opened. Allow it for this page, or choose a video instead.'),
    );
    return () => {
      isHere = false;
      if (opened) stop(opened);
    };
  }, []);

  function start(of: MediaStream): void {
    const made = new MediaRecorder(of);
    const pieces: Blob[] = [];
    made.ondataavailable = ({ data }) => pieces.push(data);
    // A recorder also stops when the camera does, for who went back.
    made.onstop = () => isWanted.current && onClip(new File(pieces, 'recording', { type: made.mimeType }));
    made.start();
    setRecorder(made);
    setTimeout(() => made.state === 'recording' && made.stop(), MOST_MS);
  }

  function goBack(): void {
    isWanted.current = false;
    onClose();
  }

  return (
    <section class="stage" aria-label="Record a clip">
      <video ref={video} autoPlay muted playsInline />
      {wrong && <p role="alert">{wrong}</p>}
      <div class="choices">
        {recorder ? (
          <button type="button" class="main" onClick={() => recorder.stop()}>
            Stop and find music
          </button>
        ) : (
          <button type="button" class="main" disabled={!stream} onClick={() => stream && start(stream)}>
            Start recording
          </button>
        )}
        <button type="button" onClick={goBack}>
          Back
        </button>
      </div>
    </section>
  );
}

async function open(): Promise<MediaStream> {
  const video = { facingMode: 'environment' };
  return navigator.mediaDevices
    .getUserMedia({ video, audio: true })
    .catch(() => navigator.mediaDevices.getUserMedia({ video }));
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

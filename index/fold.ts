/** How texts of a catalogue are compared: without regard to case, to spaces around, and to the form of their accents. */
export function fold(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}

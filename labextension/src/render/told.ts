/** Which line of which cell made the current node: said on the document, and heard where the cell is in an editor. */
/** The event; `hosts/lines.ts` prevents its default when it marks the line. */
export const LINE = 'autograd-lab-line';

export interface Told {
  from: Element; //                  the panel
  line: { cell: string; number: number; text: string; span: [number, number] } | null;
  go: boolean; //                    the reader wants to be there
}

/** The same rules as the labextension's style sheet, for hosts that load one module and nothing else. */
import base from '../../style/base.css';
import picture from '../../style/picture.css';
import panels from '../../style/panels.css';
import time from '../../style/time.css';
import lists from '../../style/lists.css';

export const css = [base, picture, panels, time, lists].join('\n');

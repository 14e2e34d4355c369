"""What golive asks a page in its own language: the text, a table, a control, what covers one."""

from __future__ import annotations

__all__ = [
    "CONTROL",
    "COVERED_BY",
    "DESCRIBE",
    "FIELD_VALUE",
    "SEEN",
    "SHOWS",
    "TABLE",
    "TICKED",
    "VISIBLE_TEXT",
]

#: The text a person sees: no scripts, no entries of closed lists, nothing hidden; open shadow
#: roots included, each line of the page a line.
VISIBLE_TEXT = """body => {
  const out = [];
  let last = null;
  const skip = new Set(['SCRIPT','STYLE','NOSCRIPT','TEMPLATE','SELECT','OPTION','IFRAME']);
  const up = node => node.parentElement || (node.getRootNode() || {}).host || null;
  const text = node => {
    const parent = node.parentElement || (node.getRootNode() || {}).host;
    if (!node.data.trim()) { if (out.length) out.push(' '); return; }
    if (!parent || !parent.checkVisibility({visibilityProperty: true, opacityProperty: true}))
      return;
    let block = parent;
    while (block !== body && getComputedStyle(block).display.startsWith('inline') && up(block))
      block = up(block);
    if (last && block !== last) out.push('\\n');
    out.push(node.data);
    last = block;
  };
  const walk = node => {
    if (node.nodeType === Node.TEXT_NODE) return text(node);
    if (node.nodeType === Node.ELEMENT_NODE && skip.has(node.tagName)) return;
    if (node.shadowRoot) for (const child of node.shadowRoot.childNodes) walk(child);
    if (node.tagName === 'SLOT')
      for (const child of node.assignedNodes()) walk(child);
    else if (!node.shadowRoot) for (const child of node.childNodes) walk(child);
  };
  walk(body);
  return out.join('');
}"""

#: A table's heading and body, made of table elements or of roles; fields show their value.
TABLE = """table => {
  const shown = cell => {
    const field = cell.querySelector('input:not([type=hidden]),select,textarea');
    if (!field) return (cell.innerText || '').trim();
    if (field.tagName === 'SELECT') return (field.selectedOptions[0] || {}).innerText || '';
    return field.type === 'checkbox' ? (field.checked ? '☑' : '☐') : field.value;
  };
  const own = table.tagName === 'TABLE';
  const rows = own ? [...table.rows] : [...table.querySelectorAll('[role=row]')];
  const cells = row => own ? [...row.cells] : [...row.querySelectorAll(
    '[role=cell],[role=gridcell],[role=columnheader],[role=rowheader]')];
  const heads = c => own ? c.tagName === 'TH' : c.getAttribute('role') === 'columnheader';
  const head = rows.find(row => cells(row).length && cells(row).every(heads));
  const body = rows.filter(row => row !== head && row.closest('tfoot') === null
    && row.checkVisibility({visibilityProperty: true}) && cells(row).length
    && !(own && row.cells.length === 1 && row.cells[0].colSpan > 1));
  return {header: head ? cells(head).map(shown) : [], rows: body.map(r => cells(r).map(shown)),
    places: body.map(row => rows.indexOf(row))};
}"""

FIELD_VALUE = """e => e.tagName === 'SELECT' ? (e.selectedOptions[0]?.innerText ?? '')
  : e.type === 'checkbox' || e.type === 'radio' ? (e.checked ? '☑' : '☐')
  : ['checkbox', 'switch', 'radio'].includes(e.getAttribute('role'))
    ? (e.getAttribute('aria-checked') === 'true' ? '☑' : '☐')
  : 'value' in e ? e.value : e.innerText"""

#: What a field is and shows.
SHOWS = f"e => ({{type: e.type || '', shown: ({FIELD_VALUE})(e)}})"

DESCRIBE = """e => {
  const kind = e.getAttribute('role') || {A: 'link', BUTTON: 'button', SELECT: 'list',
    INPUT: 'field', TEXTAREA: 'field', TR: 'row', DD: 'value', TD: 'value'}[e.tagName]
    || e.tagName.toLowerCase();
  const near = e.closest('form,section,fieldset,dialog,[role=group],[role=dialog],nav,main');
  const head = near && near.querySelector('legend,h1,h2,h3');
  const text = (e.innerText || e.value || e.name || '').trim().slice(0, 30);
  return kind + ' “' + text + '”' + (head ? ' in “' + head.innerText.trim() + '”' : '');
}"""

#: Whether a person can see and use it: not see-through, not put off the page, not behind a dialog.
SEEN = """e => {
  if (e.closest('[inert],[aria-hidden=true]')) return false;
  if (!e.checkVisibility({visibilityProperty: true, opacityProperty: true})) return false;
  const box = e.getBoundingClientRect();
  if (box.right + scrollX <= 0 || box.bottom + scrollY <= 0) return false;
  const open = [...document.querySelectorAll('dialog:modal,[role=dialog][aria-modal=true],'
    + '[role=alertdialog][aria-modal=true]')].filter(d => d.checkVisibility());
  return !open.length || open.some(d => d.contains(e));
}"""

#: Whether a box or option is ticked, asked of it or of its label; null when it is none.
TICKED = """e => {
  const box = e.tagName === 'LABEL' ? e.control : e;
  if (!box) return null;
  if (box.matches('input[type=checkbox],input[type=radio]')) return box.checked;
  const state = box.getAttribute('aria-checked');
  return state === null ? null : state === 'true';
}"""

#: How a field wants to be filled.
CONTROL = """e => ({
  tag: e.tagName,
  type: (e.type || '').toLowerCase(),
  picks: e.getAttribute('role') === 'combobox' && e.tagName !== 'SELECT'
    || ['list', 'both'].includes(e.getAttribute('aria-autocomplete'))
    || e.getAttribute('aria-haspopup') === 'listbox' && e.tagName === 'INPUT',
  editable: !e.readOnly && !e.matches(':disabled') && e.getAttribute('aria-readonly') !== 'true'
    && !e.closest('[aria-disabled=true]'),
})"""

#: What lies over an element's middle: its text, and whether it is a question that must be answered.
#: Marks the covering box for a moment, so that its own closing button can be found in it.
COVERED_BY = """e => {
  e.scrollIntoView({block: 'center', inline: 'nearest'});
  const box = e.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  document.querySelectorAll('[data-golive-cover]').forEach(
    old => old.removeAttribute('data-golive-cover'));
  if (!top || top === e || e.contains(top) || top.contains(e)) return null;
  let over = top;
  for (let up = top; up && up !== document.body && !up.contains(e); up = up.parentElement)
    if (!['static', 'relative'].includes(getComputedStyle(up).position)
        || ['alert', 'status', 'dialog', 'alertdialog'].includes(up.getAttribute('role')))
      over = up;
  const asks = over.matches('dialog,[role=dialog],[role=alertdialog],[aria-modal=true]')
    || !!over.querySelector('dialog,[role=dialog],[role=alertdialog],[aria-modal=true]');
  over.setAttribute('data-golive-cover', '');
  return {text: (over.innerText || '').trim().slice(0, 80), asks: asks};
}"""

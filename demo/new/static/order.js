// The order form as business systems have them: it proposes codes while they are typed and drops
// one that was not picked, turns a field into an editor when it is entered, writes numbers its own way, takes its defaults late and
// shows a notice where the buttons are. Without this script the form is plain and works the same.
'use strict';
const form = document.querySelector('form.order');

function propose(field) {
  const list = document.getElementById(field.id + '-proposals');
  let timer = 0;
  let picked = field.value;
  // A reference holds what was picked or what the server gave back, and nothing else.
  const drop = () => { if (field.value !== picked) field.value = picked = ''; };
  const hide = () => { list.hidden = true; field.setAttribute('aria-expanded', 'false'); };
  const show = found => {
    list.replaceChildren(...found.map(one => {
      const entry = document.createElement('li');
      entry.setAttribute('role', 'option');
      entry.textContent = one.code + ' · ' + one.name;
      entry.addEventListener('mousedown', event => event.preventDefault());
      entry.addEventListener('click', () => { field.value = picked = one.code; hide(); });
      return entry;
    }));
    list.hidden = !found.length;
    field.setAttribute('aria-expanded', String(found.length > 0));
  };
  // It listens to keys, not to changes: a value put in at once is not looked up.
  field.addEventListener('keyup', event => {
    clearTimeout(timer);
    if (event.key === 'Escape' || event.key === 'Tab') return hide();
    timer = setTimeout(async () => {
      const answer = await fetch(field.dataset.lookup + '?q=' + encodeURIComponent(field.value));
      if (document.activeElement === field) show(await answer.json());
    }, 150);
  });
  field.addEventListener('blur', () => { clearTimeout(timer); hide(); drop(); });
  form.addEventListener('submit', drop);
}

// A display until it is entered, then an editor in its place, then a display again.
function swap(field) {
  const other = field.cloneNode(false);
  other.value = field.value;
  const editor = !field.dataset.editor;
  if (editor) other.dataset.editor = 'yes'; else delete other.dataset.editor;
  field.replaceWith(other);
  if (editor) {
    other.value = plain(other.value);
    other.focus();
    other.select();
    other.addEventListener('blur', () => swap(other), {once: true});
  } else {
    other.value = grouped(other.value);
    other.addEventListener('focus', () => swap(other), {once: true});
  }
}
const plain = text => /^\d{1,3}(,\d{3})+$/.test(text) ? text.replaceAll(',', '') : text;
const grouped = text => /^\d+$/.test(text) ? text.replace(/\B(?=(\d{3})+$)/g, ',') : text;

document.querySelectorAll('[data-lookup]').forEach(propose);
document.getElementById('quantity').addEventListener(
  'focus', event => swap(event.target), {once: true});
form.addEventListener('submit', () => {
  const quantity = document.getElementById('quantity');
  quantity.value = plain(quantity.value);
});
if (!form.dataset.typed)
  fetch('/lookup/defaults').then(answer => answer.json()).then(defaults => {
    // Late, and without a look at what was typed meanwhile.
    for (const [name, value] of Object.entries(defaults))
      document.getElementById(name).value = value;
  });
const notice = document.getElementById('notice');
notice.hidden = false;
notice.querySelector('button').addEventListener('click', () => notice.remove());

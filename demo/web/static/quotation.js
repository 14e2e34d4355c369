// The quotation page of both systems: lines are added or read from a file, priced by the server,
// exported, printed in a window of their own, and thrown away after a question.
'use strict';
const form = document.getElementById('quotation');
const body = document.getElementById('lines').tBodies[0];
const one = id => document.getElementById(id);
const inputs = row => row.querySelectorAll('input');
const amount = row => row.cells[2];
const state = text => { one('progress').textContent = text; };

function addRow(product = '', quantity = '') {
  const row = body.rows[0].cloneNode(true);
  [inputs(row)[0].value, inputs(row)[1].value] = [product, quantity];
  amount(row).textContent = '';
  body.append(row);
}
const filled = () => [...body.rows].filter(row => inputs(row)[0].value);
const lines = () => filled().map(row => inputs(row)[0].value + ':' + inputs(row)[1].value).join(',');
const asked = () => new URLSearchParams({lines: lines(), currency: one('currency').value});

async function calculate() {
  one('problems').replaceChildren();
  state(form.dataset.calculating);
  const answer = await (await fetch(form.dataset.path + '/prices?' + asked())).json();
  state(answer.problems ? '' : form.dataset.calculated);
  if (answer.problems) {
    const box = document.createElement('div');
    box.className = 'alert';
    box.setAttribute('role', 'alert');
    box.textContent = answer.problems.map(problem => problem.text).join(' ');
    one('problems').append(box);
    return;
  }
  filled().forEach((row, at) => { amount(row).textContent = answer.rows[at].amount; });
  one('sum').textContent = answer.total;
}

function exported() {
  const rows = filled().map(row => inputs(row)[0].value + ',' + inputs(row)[1].value + '\r\n');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(['\ufeff', ...rows], {type: 'text/csv'}));
  link.download = 'quotation.csv';
  link.click();
}

async function imported(file) {
  for (const line of (await file.text()).split(/\r?\n/).filter(Boolean)) {
    const [product, quantity] = line.replace('\ufeff', '').split(',');
    addRow(product, quantity);
  }
}

function discard() {
  if (!confirm(form.dataset.question)) return;
  while (body.rows.length > 1) body.deleteRow(1);
  inputs(body.rows[0]).forEach(input => { input.value = ''; });
  amount(body.rows[0]).textContent = one('sum').textContent = '';
  state(form.dataset.discarded);
}

form.addEventListener('submit', event => { event.preventDefault(); calculate(); });
addEventListener('keydown', event => { if (event.key === 'F8') calculate(); });
one('add').addEventListener('click', () => addRow());
one('export').addEventListener('click', exported);
one('discard').addEventListener('click', discard);
one('print').addEventListener('click', () => open(form.dataset.path + '/print?' + asked()));
one('file').addEventListener('change', event => imported(event.target.files[0]));

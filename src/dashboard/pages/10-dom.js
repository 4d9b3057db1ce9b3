'use strict';

// Elements are made here and nowhere else. Texts become text nodes: nothing that a job, a worker or
// a store says is ever parsed as HTML.

// h('div.card#id', {title: 'x', onclick: f, style: {width: '3px'}}, children...)
function h(what, props, ...children) {
  return build(document.createElement(what.match(/^[a-z0-9]+/)[0]), what, props, children);
}

function svg(what, props, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', what.match(/^[a-zA-Z]+/)[0]);
  return build(element, what, props, children);
}

function build(element, what, props, children) {
  const names = what.match(/\.[^.#]+/g);
  if (names) element.setAttribute('class', names.map((name) => name.slice(1)).join(' '));
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) listen(element, name.slice(2), value);
    else if (name === 'style') for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === 'class') element.setAttribute('class', [element.getAttribute('class'), value].filter(Boolean).join(' '));
    else if (name === 'key') element.morphKey = String(value);
    else if (name === 'value' || name === 'checked' || name === 'selected') element[name] = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

// One listener for each kind of event; what it does may be replaced when the page is drawn again.
function listen(element, type, act) {
  element.acts = element.acts || {};
  if (!element.acts[type]) element.addEventListener(type, (event) => element.acts[type] && element.acts[type](event));
  element.acts[type] = act;
}

// Makes `old` look like `fresh`, keeping what is the same: focus, selection and scroll positions
// survive a page that changes by itself.
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.morphKey !== fresh.morphKey) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const {name} of [...old.attributes]) {
    if (name !== 'style' && name !== 'open' && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const {name, value} of fresh.attributes) {
    if (name !== 'style' && name !== 'open' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.style && old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  for (const type of Object.keys(old.acts || {})) if (!fresh.acts || !fresh.acts[type]) old.acts[type] = null;
  for (const [type, act] of Object.entries(fresh.acts || {})) listen(old, type, act);
  if (old.tagName === 'INPUT' || old.tagName === 'SELECT' || old.tagName === 'TEXTAREA') {
    if (old.type === 'checkbox') old.checked = fresh.checked;
    else if (document.activeElement !== old && old.value !== fresh.value && old.tagName !== 'SELECT') old.value = fresh.value;
  }
  morphChildren(old, fresh);
  if (old.tagName === 'SELECT' && document.activeElement !== old) old.value = fresh.value;
}

function morphChildren(old, fresh) {
  const keyed = new Map();
  for (const child of old.childNodes) if (child.morphKey) keyed.set(child.morphKey, child);
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = child.morphKey && keyed.get(child.morphKey);
    if (known && known !== at) old.insertBefore(known, at);
    const place = known || at;
    if (!place) {
      old.append(child);
      continue;
    }
    at = known ? place.nextSibling : at.nextSibling;
    if (!known && place.morphKey && keyed.has(place.morphKey)) {  // It may be wanted further down.
      old.insertBefore(child, place);
      at = place;
      continue;
    }
    morph(place, child);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

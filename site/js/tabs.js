// Tabs: one button each, arrow keys go from one to the next, one panel that is made when its tab is chosen.
import {el, fill, newId} from "/js/dom.js";

// list: [[name, make], …], make(panel) gives the panel's nodes, or fills it itself.
export function tabs(label, list, first = 0) {
  const panel = el("div", {role: "tabpanel", id: newId(), tabindex: "0"});
  const buttons = list.map(([name, make]) => {
    const tab = el("button", {type: "button", role: "tab", id: newId(), "aria-controls": panel.id}, name);
    tab.addEventListener("click", () => {
      for (const other of buttons) {
        other.setAttribute("aria-selected", String(other === tab));
        other.tabIndex = other === tab ? 0 : -1;
      }
      panel.setAttribute("aria-labelledby", tab.id);
      const nodes = make(panel);
      if (nodes)
        fill(panel, nodes);
    });
    return tab;
  });
  const bar = el("div", {role: "tablist", "aria-label": label}, buttons);
  bar.addEventListener("keydown", (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step)
      return;
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
  buttons[first].click();
  return [bar, panel];
}

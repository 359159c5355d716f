"""The rooms of the operator's console, in a browser that has it open."""


def room(visitor, name):
    """A room of the console, as it is now."""
    visitor.press(name, "[role=tablist]")
    visitor.settled()


def row(visitor, *texts, without=None):
    return visitor.among("[role=tabpanel] tbody tr", *texts, without=without)


def fill_form(visitor, title, fields):
    """Opens the form with this title, fills it in by labels (True: ticks the box) and says yes."""
    form = next(one for one in visitor.all("[role=tabpanel] details") if one.text.startswith(title))
    form.find_element("css selector", "summary").click()
    visitor.script("document.querySelectorAll('[data-here]').forEach(e => e.removeAttribute('data-here')); arguments[0].setAttribute('data-here', '')", form)
    for label, value in fields.items():
        control = visitor.named(label, "[data-here]")
        if value is True:
            control.click()
        elif control.tag_name == "select":
            control.send_keys(value)
        else:
            visitor.fill_in(label, value, "[data-here]")
    visitor.click("[data-here] [type=submit]")
    visitor.answer("Continue")
    visitor.settled()

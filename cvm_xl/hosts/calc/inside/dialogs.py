"""What a command asks the user, and what it tells."""

import uno

_OPEN, _SAVE = 0, 10  # com.sun.star.ui.dialogs.TemplateDescription: FILEOPEN_SIMPLE, FILESAVE_AUTOEXTENSION
_OK, _CANCEL = 1, 2  # com.sun.star.awt.PushButtonType
_PLACE = 3  # com.sun.star.awt.PosSize.POS


def open_file(context, title, filters, folder):
    """The path of a file that exists, None when the user thinks better of it."""
    return _picked(context, _OPEN, title, filters, "", folder)


def save_file(context, title, filters, name, folder):
    """The path for a file to write, None when the user thinks better of it."""
    return _picked(context, _SAVE, title, filters, name, folder)


def _picked(context, kind, title, filters, name, folder):
    picker = context.ServiceManager.createInstanceWithArgumentsAndContext(
        "com.sun.star.ui.dialogs.FilePicker", (kind,), context
    )
    picker.setTitle(title)
    for label, pattern in filters:
        picker.appendFilter(label, pattern)
    if folder:
        picker.setDisplayDirectory(folder)
    if name:
        picker.setDefaultName(name)
    if not picker.execute():
        return None
    return uno.fileUrlToSystemPath(picker.getFiles()[0])


def choose(context, frame, title, question, names, first):
    """One of some names, at first this one; None when the user thinks better of it."""
    model = _model(context, title, 160, 76)
    _control(model, "FixedText", "question", 6, 6, 148, 10, Label=question)
    box = _control(model, "ListBox", "names", 6, 20, 148, 14, Dropdown=True, StringItemList=tuple(names))
    box.SelectedItems = (names.index(first),)
    box.LineCount = 12
    _control(model, "Button", "ok", 54, 54, 48, 16, Label="OK", PushButtonType=_OK, DefaultButton=True)
    _control(model, "Button", "cancel", 106, 54, 48, 16, Label="Cancel", PushButtonType=_CANCEL)
    dialog = _dialog(context, frame, model)
    try:
        return names[box.SelectedItems[0]] if dialog.execute() and box.SelectedItems else None
    finally:
        dialog.dispose()


def tell(context, frame, title, text):
    """Show a text, however long; one with columns in letters of one width."""
    columns = "   " in text.replace("\n    ", "\n")
    wide = 70 if columns else 90
    lines = text.count("\n") + 1 + sum(len(line) // wide for line in text.split("\n"))
    height = max(30, min(200, 10 * lines + 6))
    model = _model(context, title, 330, height + 30)
    shown = {"FontName": "Liberation Mono"} if columns else {}
    shown.update(Text=text, MultiLine=True, ReadOnly=True, VScroll=height >= 200)
    _control(model, "Edit", "text", 6, 6, 318, height, **shown)
    _control(model, "Button", "ok", 276, height + 10, 48, 16, Label="OK", PushButtonType=_OK, DefaultButton=True)
    dialog = _dialog(context, frame, model)
    dialog.execute()
    dialog.dispose()


def _model(context, title, width, height):
    model = context.ServiceManager.createInstanceWithContext("com.sun.star.awt.UnoControlDialogModel", context)
    model.Title, model.Width, model.Height = title, width, height
    return model


def _control(model, kind, name, x, y, width, height, **properties):
    control = model.createInstance("com.sun.star.awt.UnoControl{}Model".format(kind))
    control.PositionX, control.PositionY, control.Width, control.Height = x, y, width, height
    for key, value in properties.items():
        setattr(control, key, value)
    model.insertByName(name, control)
    return control


def _dialog(context, frame, model):
    create = context.ServiceManager.createInstanceWithContext
    dialog = create("com.sun.star.awt.UnoControlDialog", context)
    dialog.setModel(model)
    parent = frame.getContainerWindow() if frame is not None else None
    dialog.createPeer(create("com.sun.star.awt.Toolkit", context), parent)
    if parent is not None:
        around, own = parent.getPosSize(), dialog.getPosSize()
        x, y = (around.Width - own.Width) // 2, (around.Height - own.Height) // 3
        dialog.setPosSize(max(x, 0), max(y, 0), 0, 0, _PLACE)
    return dialog

' The buttons of the tab CVM: what to ask before a command runs, and when a button can be pressed.
Option Explicit

Private Ribbon As IRibbonUI

Public Sub CvmLoaded(Given As IRibbonUI)
    Set Ribbon = Given
End Sub

Public Sub CvmChanged()
    If Not Ribbon Is Nothing Then Ribbon.Invalidate
End Sub

' The tag of a button says what it needs.
Public Sub CvmEnabled(Control As IRibbonControl, ByRef Enabled As Variant)
    On Error Resume Next
    Enabled = False
    Select Case Control.Tag
        Case "": Enabled = True
        Case "workbook": Enabled = Not ActiveWorkbook Is Nothing
        Case "file": Enabled = ActiveWorkbook.Path <> ""
        Case "previous": Enabled = Dir$(ActiveWorkbook.FullName & ".previous") <> ""
    End Select
End Sub

Public Sub CvmPressed(Control As IRibbonControl)
    Dim Path As String, Table As String
    On Error GoTo Failed
    Select Case CvmAsks(Control.ID)
        Case "new file"
            If ActiveWorkbook Is Nothing Then Workbooks.Add
            Path = CvmAnswer(Application.GetSaveAsFilename("customers.xlsx", "Excel workbook (*.xlsx), *.xlsx"))
            If Path = "" Then Exit Sub
        Case "report file"
            Path = CvmAnswer(Application.GetSaveAsFilename("report.xlsx", "Excel workbook (*.xlsx), *.xlsx"))
            If Path = "" Then Exit Sub
        Case "table file"
            Table = InputBox("Which table takes the rows? " & CvmTables(), "CVM", "Sales")
            If Table = "" Then Exit Sub
            Path = CvmAnswer(Application.GetOpenFilename("Data (*.csv;*.xlsx;*.parquet), *.csv;*.xlsx;*.parquet"))
            If Path = "" Then Exit Sub
    End Select
    CvmRun Mid$(Control.ID, 5), Path, Table
    CvmChanged
    Exit Sub
Failed:
    MsgBox "The command could not be run: " & Err.Description & vbCrLf & vbCrLf & _
        "In a terminal, cvm-xl doctor says what is wrong.", vbExclamation, "CVM"
End Sub

' A file dialog answers False when it is cancelled.
Private Function CvmAnswer(Given As Variant) As String
    If VarType(Given) = vbString Then CvmAnswer = Given
End Function

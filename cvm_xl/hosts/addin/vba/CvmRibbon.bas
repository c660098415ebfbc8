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
        Case "always": Enabled = True
        Case "workbook": Enabled = Not ActiveWorkbook Is Nothing
        Case "file": Enabled = ActiveWorkbook.Path <> ""
        Case "previous": Enabled = Dir$(ActiveWorkbook.FullName & ".previous") <> ""
    End Select
End Sub

Public Sub CvmPressed(Control As IRibbonControl)
    On Error GoTo Failed
    If ActiveWorkbook Is Nothing Then
        If Control.Tag <> "always" Then Exit Sub
        Workbooks.Add
    End If
    CvmRun Mid$(Control.ID, 5)
    CvmChanged
    Exit Sub
Failed:
    MsgBox "The command could not be run: " & Err.Description & vbCrLf & vbCrLf & _
        "In a terminal, cvm-xl doctor says what is wrong.", vbExclamation, "CVM"
End Sub

' What a command asks for; False when the user thinks better of it.
Public Function CvmAnswered(Command As String, ByRef Path As String, ByRef Table As String) As Boolean
    Select Case CvmAsks(Command)
        Case "new file"
            Path = CvmSaveAs("customers.xlsx")
            CvmAnswered = Path <> ""
        Case "report file"
            Path = CvmSaveAs("report.xlsx")
            CvmAnswered = Path <> ""
        Case "table file"
            Table = InputBox("Which table takes the rows? " & CvmTables(), "CVM", "Sales")
            If Table <> "" Then Path = CvmOpen()
            CvmAnswered = Path <> ""
        Case Else
            CvmAnswered = True
    End Select
End Function

' A file dialog answers False when it is cancelled. On a Mac it takes no filter in the manner of Windows.
Private Function CvmSaveAs(Name As String) As String
    Dim Given As Variant
    #If Mac Then
        Given = Application.GetSaveAsFilename(Name)
    #Else
        Given = Application.GetSaveAsFilename(Name, "Excel workbook (*.xlsx), *.xlsx")
    #End If
    If VarType(Given) = vbString Then CvmSaveAs = Given
End Function

Private Function CvmOpen() As String
    Dim Given As Variant
    #If Mac Then
        Given = Application.GetOpenFilename()
    #Else
        Given = Application.GetOpenFilename("Data (*.csv;*.xlsx;*.parquet), *.csv;*.xlsx;*.parquet")
    #End If
    If VarType(Given) = vbString Then CvmOpen = Given
End Function

' What every function of ours in a cell goes through: arguments as values, one call, true Excel errors.
Option Explicit

Private LastMessage As String
Private Messages As Collection

' The value of a function in a cell. Several cells cross as one block.
Public Function CvmCall(Name As String, ParamArray Given() As Variant) As Variant
    Dim Values As Variant, Index As Long, Bottom As Long
    If CvmInWizard() Then
        CvmCall = CVErr(2042)
        Exit Function
    End If
    On Error GoTo Failed
    Values = Given
    Bottom = CvmBottom(Values)
    For Index = LBound(Values) To UBound(Values)
        If IsObject(Values(Index)) Then Values(Index) = CvmCells(Values(Index), Bottom)
    Next Index
    CvmCall = CvmErrors(CvmEvaluate(Name, Values))
    Exit Function
Failed:
    CvmRemember Err.Description
    CvmCall = CVErr(2015)
End Function

' The last row in use among whole columns: all of them are cut there, so that their rows still stand side by side.
Private Function CvmBottom(Given As Variant) As Long
    Dim Index As Long, Used As Object
    For Index = LBound(Given) To UBound(Given)
        If IsObject(Given(Index)) Then
            If Given(Index).Rows.Count = Given(Index).Worksheet.Rows.Count Then
                Set Used = Given(Index).Worksheet.UsedRange
                If Used.Row + Used.Rows.Count - 1 > CvmBottom Then CvmBottom = Used.Row + Used.Rows.Count - 1
            End If
        End If
    Next Index
End Function

Private Function CvmCells(Block As Variant, Bottom As Long) As Variant
    If Block.Areas.Count > 1 Then Err.Raise 5, , "An argument is one block of cells, not several"
    If Block.Rows.Count = Block.Worksheet.Rows.Count Then
        CvmCells = Block.Resize(Bottom).Value2
    Else
        CvmCells = Block.Value2
    End If
End Function

' The answer with its errors as Excel knows them, so that IFERROR and ISNA find them.
Public Function CvmErrors(Answer As Variant) As Variant
    Dim Row As Long, Column As Long, Failed As Boolean
    If Not IsArray(Answer) Then
        Failed = CvmIsError(Answer)
        If Failed Then
            CvmErrors = CVErr(CvmNumber(CStr(Answer)))
        Else
            CvmErrors = Answer
        End If
    ElseIf CvmIsFlat(Answer) Then
        For Column = LBound(Answer) To UBound(Answer)
            If CvmIsError(Answer(Column)) Then
                Failed = True
                Answer(Column) = CVErr(CvmNumber(CStr(Answer(Column))))
            End If
        Next Column
        CvmErrors = Answer
    Else
        For Row = LBound(Answer, 1) To UBound(Answer, 1)
            For Column = LBound(Answer, 2) To UBound(Answer, 2)
                If CvmIsError(Answer(Row, Column)) Then
                    Failed = True
                    Answer(Row, Column) = CVErr(CvmNumber(CStr(Answer(Row, Column))))
                End If
            Next Column
        Next Row
        CvmErrors = Answer
    End If
    If Failed Then
        CvmRemember CvmSaid()
    Else
        CvmForget
    End If
End Function

Private Function CvmIsError(Value As Variant) As Boolean
    If VarType(Value) = vbString Then
        If Left$(Value, 1) = "#" Then CvmIsError = CvmNumber(CStr(Value)) <> 0
    End If
End Function

Private Function CvmIsFlat(Answer As Variant) As Boolean
    Dim Top As Long
    On Error GoTo Flat
    Top = UBound(Answer, 2)
    Exit Function
Flat:
    CvmIsFlat = True
End Function

' The number of an Excel error for CVErr; 0 for any other text.
Public Function CvmNumber(Text As String) As Long
    Select Case Text
        Case "#NULL!": CvmNumber = 2000
        Case "#DIV/0!": CvmNumber = 2007
        Case "#VALUE!": CvmNumber = 2015
        Case "#REF!": CvmNumber = 2023
        Case "#NAME?": CvmNumber = 2029
        Case "#NUM!": CvmNumber = 2036
        Case "#N/A": CvmNumber = 2042
    End Select
End Function

' What the function in a cell had to say, or the last one that had to say something.
Public Function CVM_LAST_ERROR(Optional cell As Variant) As Variant
Attribute CVM_LAST_ERROR.VB_Description = "Why a function of ours shows an error: of the cell given, or of the last one."
    If IsMissing(cell) Then
        Application.Volatile
        CVM_LAST_ERROR = LastMessage
        Exit Function
    End If
    CVM_LAST_ERROR = ""
    On Error Resume Next
    CVM_LAST_ERROR = Messages(cell.Address(External:=True))
End Function

Private Sub CvmRemember(Text As String)
    Dim Place As String
    LastMessage = Text
    Place = CvmPlace()
    If Place = "" Then Exit Sub
    If Messages Is Nothing Then Set Messages = New Collection
    On Error Resume Next
    Messages.Remove Place
    Messages.Add Text, Place
End Sub

Private Sub CvmForget()
    If Messages Is Nothing Then Exit Sub
    On Error Resume Next
    Messages.Remove CvmPlace()
End Sub

' The cell that is being calculated; nothing when a macro calls.
Private Function CvmPlace() As String
    On Error Resume Next
    CvmPlace = Application.Caller.Cells(1, 1).Address(External:=True)
End Function

' The function wizard would call with every key; it can wait.
Private Function CvmInWizard() As Boolean
    On Error Resume Next
    CvmInWizard = Not Application.CommandBars("Standard").Controls(1).Enabled
End Function

' When Excel has started: help for the wizard, and the workbooks that were open before this add-in.
Public Sub CvmStarted()
    Dim Book As Workbook
    CvmDescribe
    For Each Book In Workbooks
        CvmRelink Book
    Next Book
End Sub

' Help for the function wizard, from the sheet of this add-in; once, and when a workbook is there. Excel describes
' functions of a workbook that can be seen, so the add-in is one for that moment.
Public Sub CvmDescribe()
    Static Done As Boolean
    Dim Row As Long, Column As Long, Count As Long, Helps() As String, Screen As Boolean
    If Done Or ActiveWorkbook Is Nothing Then Exit Sub
    Done = True
    Screen = Application.ScreenUpdating
    On Error Resume Next
    Application.ScreenUpdating = False
    ThisWorkbook.IsAddin = False
    With ThisWorkbook.Worksheets(1)
        Row = 1
        Do While .Cells(Row, 1).Value <> ""
            Count = 0
            Do While .Cells(Row, Count + 3).Value <> ""
                Count = Count + 1
            Loop
            ReDim Helps(1 To Count)
            For Column = 1 To Count
                Helps(Column) = .Cells(Row, Column + 2).Value
            Next Column
            Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & .Cells(Row, 1).Value, _
                Description:=.Cells(Row, 2).Value, Category:="CVM", ArgumentDescriptions:=Helps
            Row = Row + 1
        Loop
    End With
    ThisWorkbook.IsAddin = True
    ThisWorkbook.Saved = True
    Application.ScreenUpdating = Screen
End Sub

' Formulas that were stored with another place of this add-in, brought to this one.
Public Sub CvmRelink(Book As Workbook)
    Dim Links As Variant, Index As Long
    On Error Resume Next
    Links = Book.LinkSources(xlExcelLinks)
    If IsEmpty(Links) Then Exit Sub
    For Index = LBound(Links) To UBound(Links)
        If LCase$(Links(Index)) Like "*cvm_xl.xlam" And LCase$(Links(Index)) <> LCase$(ThisWorkbook.FullName) Then
            Book.ChangeLink Links(Index), ThisWorkbook.FullName, xlLinkTypeExcelLinks
        End If
    Next Index
End Sub
